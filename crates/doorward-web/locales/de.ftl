# German. The same keys and variables as in every other file here; a test compares.

## In the head and below every signed-in page

skip-to-page = Zum Inhalt springen
main-navigation = Hauptmenü
nav-applications = Anwendungen
nav-devices = Anmeldung
nav-sessions = Sitzungen
nav-account = Konto
nav-administration = Verwaltung
sign-out = Abmelden
language = Sprache
change-language = Ändern

## The sign-in card

sign-in-to = Bei { $app } anmelden
continue-to = um zu { $app } zu gelangen
too-many-tries = Zu viele Versuche
did-not-work = Das hat nicht geklappt
not-you = Nicht Sie?
cancel = Abbrechen
password = Passwort
current-password = Aktuelles Passwort
sign-in-with-passkey = Mit einem Passkey anmelden
sign-in-without-password = Ohne Passwort anmelden
keep-signed-in = Angemeldet bleiben
forgot-password = Passwort vergessen?
next = Weiter
new-here = Neu hier?
create-account = Konto anlegen
show-password = Passwort anzeigen
show = Anzeigen
hide = Verbergen
wait-then-try = { $seconds ->
    [one] Warten Sie { $seconds } Sekunde und versuchen Sie es dann erneut.
   *[other] Warten Sie { $seconds } Sekunden und versuchen Sie es dann erneut.
}
reference = Referenz

## The applications

find-application = Anwendung suchen
find = Suchen
show-all = Alle anzeigen
nothing-matches = Nichts passt zu „{ $search }“
no-applications = Noch keine Anwendungen
try-shorter = Versuchen Sie ein kürzeres Wort oder zeigen Sie alle an.
appears-here = Sobald Ihnen die Verwaltung Zugang zu einer gibt, erscheint sie hier.

## The sessions

where-signed-in = Wo Sie angemeldet sind
if-unknown = Wenn Sie eine davon nicht kennen, melden Sie sie ab und bitten Sie die Verwaltung um ein neues Passwort.
this-device = Dieses Gerät
last-used = Zuletzt benutzt
from-address = von { $address }
signed-in-at = Angemeldet { $time }
opened-there = Dort geöffnet:
sign-out-of-device = { $device }, { $address } abmelden
sign-out-elsewhere = Überall sonst abmelden
just-now = gerade eben
minutes-ago = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
hours-ago = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
days-ago = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Anmelden
said-username-or-email = Benutzername oder E-Mail
said-check-both = Prüfen Sie Benutzernamen und Passwort. Beide werden zusammen geprüft, daher lässt sich nicht sagen, was davon falsch ist.
said-expired = Diese Seite war zu lange offen, daher wurde nichts gesendet. Bitte melden Sie sich erneut an.
said-enter-name = Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein.
said-enter-password = Geben Sie Ihr Passwort ein.
said-other-step = Das war für einen anderen Schritt bestimmt. Bitte beantworten Sie diesen.
said-unreadable = Etwas im Formular war nicht lesbar. Bitte versuchen Sie es erneut.
said-go-to-applications = Zu meinen Anwendungen
said-not-found = Diese Seite gibt es nicht
said-not-found-text = Vielleicht ist die Adresse falsch geschrieben, oder die Seite wurde entfernt.
said-forbidden = Ihr Konto darf diese Seite nicht öffnen
said-forbidden-text = Wenn Sie sie brauchen, fragen Sie die Verwaltung und nennen Sie die Referenz unten.
said-foreign-form = Dieses Formular war zu alt
said-foreign-form-text = Sicherheitshalber wurde nichts getan. Öffnen Sie die Seite erneut und wiederholen Sie den letzten Schritt.
said-open-again = Seite erneut öffnen
said-wrong-method = So lässt sich diese Adresse nicht verwenden
said-wrong-method-text = Öffnen Sie sie stattdessen von ihrer Seite aus.
said-too-large = Das war zu viel auf einmal
said-too-large-text = Das Gesendete ist größer, als diese Seite annimmt. Kürzen Sie es und senden Sie es erneut.
said-too-many-text = Das schützt die Konten hier vor dem Erraten.
said-headers = Ihr Browser hat zu viele Cookies gesendet
said-headers-text = Löschen Sie die Cookies dieser Website und öffnen Sie die Seite erneut.
said-fault = Auf unserer Seite ist etwas schiefgegangen
said-fault-text = Es liegt nicht an Ihnen, und nichts von Ihnen ging verloren. Versuchen Sie es erneut; wenn es wieder geschieht, nennen Sie der Verwaltung die Referenz unten.
said-store-down = Anmelden ist gerade nicht möglich
said-store-down-text = Die Datenbank antwortet nicht. Nichts von Ihnen ist verloren.
said-not-for-you = Diese Seite ist gerade nicht für Sie
said-not-for-you-text = Sie passt nicht dazu, wie Sie angemeldet sind.
said-not-signed-in = Sie sind nicht angemeldet
said-not-signed-in-text = Zu viele Antworten passten nicht. Beginnen Sie von vorn.
said-no-way = So ist das Anmelden nicht möglich
said-no-way-text = Einer der Schritte lässt sich nicht ausführen. Nennen Sie der Verwaltung die Referenz unten.
said-start-again = Von vorn beginnen
said-ended-one = Dort abgemeldet.
said-ended-others = Überall sonst abgemeldet.
said-unknown-device = Unbekanntes Gerät

## Briefe mit Links

letter-sent = Wenn Ihre Angabe zu einem Konto mit einer E-Mail-Adresse passt, ist ein Brief mit einem Link unterwegs. Öffnen Sie den Link auf einem beliebigen Gerät, um fortzufahren.
letter-sent-to = Ein Brief mit einem Link ist unterwegs zu { $address }. Öffnen Sie den Link auf einem beliebigen Gerät, um fortzufahren.
letter-nothing-came = Nichts angekommen? Es kann einige Minuten dauern. Sehen Sie auch bei den unerwünschten Nachrichten nach.
letter-unsent = Wir senden Ihnen einen Brief mit einem Link. Öffnen Sie den Link, um fortzufahren.
letter-unsent-to = Wir senden einen Brief mit einem Link an { $address }. Öffnen Sie den Link, um fortzufahren.
letter-send = Brief senden
letter-send-again = Noch einmal senden
letter-sent-again = Noch einmal gesendet.
letter-wait = { $minutes ->
    [one] Das waren viele Briefe. Warten Sie eine Minute, bevor Sie einen weiteren anfordern.
   *[other] Das waren viele Briefe. Warten Sie { $minutes } Minuten, bevor Sie einen weiteren anfordern.
}
link-opened = Dieser Link gilt einmal. Fahren Sie fort, wenn Sie ihn angefordert haben; sonst schließen Sie diese Seite, und es geschieht nichts.
link-go-on = Weiter
