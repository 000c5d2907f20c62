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

## What several pages say

background = Hintergrund
please-check = Bitte prüfen Sie
optional = (freiwillig)
deliver-title = Zurück zur Anwendung
deliver-text = Sie sind angemeldet. Weiter zu { $host }.
continue = Weiter
confirm = Bestätigen
save = Speichern
later = Später
not-now = Jetzt nicht
name = Name
email = E-Mail
instant = { $day }.{ $month }.{ $year }, { $hour }:{ $minute } Uhr UTC
browser-on-system = { $browser } auf { $system }

## Where somebody may not go

no-access-to = Kein Zugang zu { $app }
cannot-open = Sie können { $app } nicht öffnen
may-not-open = Sie sind als { $name } angemeldet, und dieses Konto darf { $app } nicht öffnen.
ask-with-reference = Wenn Sie sie brauchen, fragen Sie die Verwaltung und nennen Sie die Referenz.
why = Warum
only-administrators = Das sieht nur die Verwaltung.
see-every-step = Jeden Schritt ansehen
back-to-applications = Zurück zu meinen Anwendungen
use-other-account = Anderes Konto benutzen

## The devices, and setting them up

how-you-sign-in = Wie Sie sich anmelden
beside-password = Neben Ihrem Passwort. Mit zweien davon sind Sie nicht ausgesperrt, wenn eines verloren geht.
first-confirm = Um hier etwas zu ändern, bestätigen Sie zuerst, dass Sie es sind.
sign-in-once-more = Noch einmal anmelden
synced = auch auf Ihren anderen Geräten
codes-left = { $count ->
    [one] noch { $count }
   *[other] noch { $count }
}
never-used = Nie benutzt
set-up-at = Eingerichtet { $time }
name-of = von { $name }
rename = Umbenennen
rename-it = { $name } umbenennen
remove = Entfernen
remove-it = { $name } entfernen
nothing-yet = Noch nichts
password-is-enough = Wer Ihr Passwort kennt, kann sich als Sie anmelden.
add = Hinzufügen
for-account = für { $username }
scan-this = Öffnen Sie eine Authenticator-App auf Ihrem Telefon und scannen Sie damit diesen Code.
qr-code = QR-Code für Ihre App
on-this-device = Auf diesem Gerät?
open-your-app = App öffnen
or-type-key = , oder tippen Sie dort diesen Schlüssel ein:
enter-digits = { $count ->
    [one] Geben Sie die { $count } Ziffer ein, die die App zeigt.
   *[other] Geben Sie die { $count } Ziffern ein, die die App zeigt.
}
code-from-app = Code aus Ihrer App
write-codes-down = Schreiben Sie diese Codes auf oder drucken Sie die Seite, und bewahren Sie sie bei Ihrem Pass auf. Wenn Ihr Telefon weg ist, meldet einer davon Sie an. Jeder gilt einmal.
codes-shown-once = Sie werden nur jetzt gezeigt. Eine frühere Liste gilt nicht mehr, sobald Sie weitergehen.
have-codes = Ich habe sie
about-passkeys = Mit einem Passkey melden Sie sich per Finger, Gesicht oder PIN an, auf diesem Gerät oder mit einem Sicherheitsschlüssel. Keine gefälschte Seite kann ihn stehlen.
create-passkey = Passkey erstellen
make-needs-script = Ein Passkey lässt sich nur mit eingeschaltetem JavaScript erstellen.
passkey-taken = Dieses Gerät hat schon einen Passkey für Sie.
passkey-failed = Fehlgeschlagen. Bitte noch einmal.
use-passkey = Passkey benutzen
use-needs-script = Ein Passkey lässt sich nur mit eingeschaltetem JavaScript benutzen.
use-recovery-code = Wiederherstellungscode benutzen
recovery-code = Wiederherstellungscode
works-once = Jeder davon gilt einmal.
continue-with-code = Mit diesem Code weiter
choose-how = Bevor es weitergeht, wählen Sie, wie Sie von jetzt an bestätigen möchten, dass Sie es sind.

## The question before an application

answer-again = Bitte antworten Sie noch einmal
the-application = Die Anwendung
app-will-know = { $app } erfährt, dass Sie es sind.
app-registered-itself = { $app } hat sich hier selbst angemeldet. Niemand hier hat geprüft, was die Anwendung über sich sagt.
app-website = Website
app-policy = Datenschutz
app-terms = Nutzungsbedingungen
app-will-know-more = { $app } erfährt, dass Sie es sind, und:
new-permission = (neu)
allow = Erlauben
do-not-allow = Nicht erlauben
device-code-title = Was das Gerät anzeigt
device-code = Code, den das Gerät anzeigt
device-code-hint = Acht Buchstaben. Sie stehen auf dem Bildschirm des Geräts.
device-question = Lassen Sie dieses Gerät herein?
device-wants = Ein Gerät möchte { $app } in Ihrem Namen benutzen. Machen Sie nur weiter, wenn es vor Ihnen steht und diesen Code anzeigt.
device-code-shown = Code
device-asks-from = Es fragt von
device-from-unknown = Woher es fragt, ist nicht bekannt.
device-allow = Gerät hereinlassen
device-deny = Nicht hereinlassen

## What people change about themselves

your-account = Ihr Konto
back-to-account = Ihr Konto
your-tokens = Zugangsschlüssel und App-Passwörter
tokens-lead = Ein App-Passwort meldet Sie dort an, wo eine App unsere Anmeldeseite nicht zeigen kann: Mail, Kalender, Netzlaufwerk. Mit einem Zugangsschlüssel nutzt ein Programm die API in Ihrem Namen. Geben Sie jeder App einen eigenen, dann können Sie jeden einzeln zurücknehmen.
token-app-password = App-Passwort
token-api = Zugangsschlüssel für die API
ends-at = Endet am { $time }
ends-never = Endet nicht von selbst
made-at = Erstellt am { $time }
no-tokens = Alle Ihre Apps nutzen unsere Anmeldeseite.
new-token = Neu erstellen
what-for = Wofür ist es?
what-for-hint = Damit Sie es wiedererkennen: „Kalender auf dem Handy“.
what-it-opens = Was es öffnet
opens-apps = Apps, die nach Benutzername und Passwort fragen
opens-api = Die API, mit allem, was Sie dürfen
how-long = Wie lange?
days-long = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
make-it = Erstellen
token-made = „{ $name }“ ist bereit
token-shown-once = Kopieren Sie es jetzt. Es wird nur dieses eine Mal gezeigt.
token-username = Benutzername
token-key = Zugangsschlüssel
apps-with-access = Apps mit Zugang
may-know = Erfährt:
no-access-yet = Wenn eine App etwas über Sie wissen will und Sie zustimmen, erscheint sie hier.
apps-stay = Apps, die angemeldet bleiben
apps-stay-lead = Sie kommen als Sie hinein, ohne noch einmal zu fragen.
in-places = { $count ->
    [one] An { $count } Stelle
   *[other] An { $count } Stellen
}
since-until = Seit { $since }, bis { $until }
since-for-good = Seit { $since }, bis Sie es zurücknehmen
end-access = Beenden
end-access-of = Zugang von { $app } beenden
what-you-allowed = Was Sie erlaubt haben
what-you-allowed-lead = Wenn Sie es zurücknehmen, endet auch der Zugang der App.
take-back = Zurücknehmen
take-back-from = Zurücknehmen, was { $app } erlaubt war
language-and-look = Sprache und Aussehen
as-browser-says = Wie mein Browser
theme = Hell oder dunkel
as-device-says = Wie mein Gerät
theme-light = Hell
theme-dark = Dunkel
your-data = Ihre Daten
your-data-lead = Alles, was hier über Sie gespeichert ist, ohne Passwörter und Schlüssel, als JSON-Datei.
download-data = Meine Daten herunterladen
favourites = Favoriten
opened-last = Zuletzt geöffnet
all-others = Alle anderen
favourite-it = Favorit: { $name }
open-it = Öffnen
ask-for-access = Zugang anfragen
ask-lead = Diese dürfen Sie noch nicht öffnen.
ask-for = { $app } anfragen
what-need-it-for = Wofür brauchen Sie es?
send-request = Anfragen

## Signing out

sign-out-question = Abmelden?
signed-in-as = Sie sind als { $name } angemeldet.
sign-out-choice = Sie können sich nur von { $app } abmelden oder von allem, was Sie von hier aus geöffnet haben.
signs-out-everywhere = Das meldet Sie hier ab und in allen Anwendungen, die Sie von hier aus geöffnet haben.
sign-out-of-app = Von { $app } abmelden
sign-out-of-all = Von allem abmelden
stay-signed-in = Angemeldet bleiben
signing-out = Sie werden abgemeldet
apps-are-told = Anwendungen erfahren gerade, dass Sie sich abgemeldet haben. Das dauert einen Moment.
signed-out = Abgemeldet
you-are-signed-out = Sie sind abgemeldet
of-app = von { $app }
others-stay-open = Ihre anderen Anwendungen bleiben offen.
signed-out-everywhere = Sie sind hier und in allen Anwendungen abgemeldet, die Sie von hier aus geöffnet haben. Schließen Sie an einem gemeinsam genutzten Computer auch den Browser.
sign-in-again = Wieder anmelden

## The first run, and ways back in

set-up = Einrichten
set-up-brand = { $brand } einrichten
one-page = Eine Seite, dann sind Sie als Administrator angemeldet.
address = Adresse
administrator = Administrator
public-address = Öffentliche Adresse
address-hint = Was man eintippt, um hierher zu kommen, mit https. Eingesetzt wurde die Adresse Ihres Browsers.
address-unknown = { $brand } weiß noch nicht, unter welcher Adresse es geöffnet wird. Bis dahin kann sich niemand bei einer Anwendung anmelden.
user-name = Benutzername
full-name = Vollständiger Name
type-again = Ihre Eingabe wurde nicht behalten. Geben Sie sie erneut ein, beide Male.
password-again = Passwort wiederholen
finish = Fertig
sign-in-by-link = Mit Link anmelden
sign-in-as = Als { $username } anmelden?
link-works-once = Dieser Link gilt einmal und lässt das Passwort, wie es ist. Ein neues setzt die Verwaltung, zum Beispiel mit diesem Befehl:

## The administration

works = Läuft
api-description = Ihre Beschreibung (OpenAPI)
api-version = Version 3, wie die von authentik.
api-token = Benutzen Sie die Sitzung dieses Browsers, oder senden Sie ein Token:
api-addresses = Adressen
api-address = Adresse
api-methods = Was sie kann
api-nothing = Hier gibt es noch nichts.

## Letters

subject-setup = Post von { $brand } kommt an
subject-password_reset = Ihr Weg zurück in Ihr Konto
subject-account_confirmation = Bestätigen Sie Ihre Adresse für { $brand }
subject-email_otp = Ihr Code für { $brand }
subject-invitation = Sie sind zu { $brand } eingeladen
address-asked = Jemand, hoffentlich Sie, hat mit dieser Adresse das Konto { $username } angelegt. Öffnen Sie diesen Link, um zu bestätigen, dass sie Ihnen gehört:
confirm-address = Adresse bestätigen
address-until = Er gilt einmal, bis { $time }. Wenn Sie es nicht waren, tun Sie nichts: Ohne den Link bleibt das Konto geschlossen.
your-code = Das ist Ihr Code, um sich als { $username } anzumelden:
code-until = Er gilt einmal, bis { $time }. Wenn Sie sich gerade nicht anmelden, kennt jemand anderes Ihr Passwort: Ändern Sie es.
invited = Sie sind eingeladen, ein Konto anzulegen. Öffnen Sie diesen Link:
make-account = Konto anlegen
invited-until = Er gilt bis { $time }.
invited-not-you = Wenn Sie nicht wissen, worum es geht, tun Sie nichts.
hello = Guten Tag { $name },
mail-arrives = Dieser Brief zeigt, dass Post von { $brand } ankommt. Es ist nichts zu tun.
way-back-asked = Jemand, hoffentlich Sie, hat um einen Weg zurück in das Konto { $username } gebeten. Öffnen Sie diesen Link, um sich einmal anzumelden und ein neues Passwort zu setzen:
sign-in-once = Einmal anmelden
way-back-until = Er gilt bis { $time }. Wenn Sie nicht darum gebeten haben, tun Sie nichts: Ohne den Link ändert sich nichts.

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Anmelden
said-username-or-email = Benutzername oder E-Mail
said-check-both = Prüfen Sie Benutzernamen und Passwort. Beide werden zusammen geprüft, daher lässt sich nicht sagen, was davon falsch ist.
said-expired = Diese Seite war zu lange offen, daher wurde nichts gesendet. Bitte melden Sie sich erneut an.
said-moved = Sie wurden abgemeldet, weil sich Ihr Netz oder Ihr Ort geändert hat. Bitte melden Sie sich erneut an.
said-not-this-model = Passkeys und Sicherheitsschlüssel dieses Modells sind hier nicht erlaubt. Nehmen Sie einen anderen, oder fragen Sie einen Administrator, welche es sind.
said-set-one-up-and-return = Hier wird danach gefragt, und Sie haben keine, die zählt. Richten Sie eine ein und kommen Sie dann zurück.
said-set-one-up = Eine einrichten
said-no-source = Jemand anderes müsste sagen, wer Sie sind, und kann nicht gefragt werden. Sagen Sie es einem Administrator.
said-knows-profile = Ihr Name, Ihr Benutzername und Ihre Gruppen
said-knows-email = Ihre E-Mail-Adresse
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
said-fault = Auf unserer Seite ist ein Fehler passiert
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
said-username = Benutzername
said-email = E-Mail
said-too-many = Zu viele Versuche
said-open-too-long = Diese Seite war zu lange offen, daher wurde nichts gesendet. Bitte beginnen Sie von vorn.
said-not-current = Das ist nicht Ihr aktuelles Passwort. Geben Sie es noch einmal ein.
said-cannot-go-on = Hier geht es für Sie nicht weiter
said-cannot-go-on-text = Die Verwaltung hat das so entschieden. Fragen Sie dort, wenn Sie das für falsch halten.
said-no-invitation = Diese Einladung gilt nicht
said-no-invitation-text = Sie ist zu alt, wurde schon benutzt oder ist für etwas anderes. Bitten Sie um eine neue.
said-not-written = Ihr Konto wurde nicht gespeichert
said-not-written-text = Vielleicht wurde der Name gerade eben vergeben. Beginnen Sie von vorn.
said-signed-in-already = Sie sind schon angemeldet
said-signed-in-already-text = Hier entsteht ein neues Konto. Melden Sie sich zuerst ab, wenn Sie das möchten.
said-too-much = Das war zu viel
said-too-much-text = Es wurde mehr ausgefüllt, als diese Schritte behalten können. Beginnen Sie von vorn mit weniger.
said-no-device = Sie brauchen einen zweiten Weg, um zu bestätigen, dass Sie es sind
said-no-device-text = Diese Anmeldung verlangt einen, und Sie haben keinen, der hier zählt. Die Verwaltung kann helfen.
said-no-address = Passkeys gehen hier noch nicht
said-no-address-text = Sie brauchen eine öffentliche Adresse mit einem Namen. Die Verwaltung kann sie setzen.
said-codes-used-up = Ihre Wiederherstellungscodes sind aufgebraucht
said-codes-used-up-text = Sie haben keinen anderen Weg zu bestätigen, dass Sie es sind. Die Verwaltung kann helfen.
said-unreadable-address = Es lässt sich nicht sagen, wo Sie sind
said-unreadable-address-text = Diese Anmeldung bleibt an einem Ort, und ein Proxy auf dem Weg nennt Ihren in einer Form, die nicht zu lesen ist. Sagen Sie es der Verwaltung.
said-stale = Melden Sie sich noch einmal an
said-stale-text = Bevor Sie ändern, wie Sie sich anmelden, bestätigen Sie, dass Sie es wirklich sind.
said-confirm-you = Bestätigen Sie, dass Sie es sind
said-enter-code = Geben Sie den Code ein.
said-wrong-code = Der Code passt nicht oder wurde schon benutzt. Die Uhr Ihres Geräts muss stimmen; alle 30 Sekunden kommt ein neuer Code.
said-passkey-refused = Der Passkey wurde nicht angenommen.
said-passkey-refused-text = Der Passkey wurde nicht angenommen. Vielleicht wurde er entfernt, oder er gehört zu einem anderen Konto.
said-code-or-passkey = Geben Sie einen Code ein oder benutzen Sie einen Passkey.
said-too-many-dot = Zu viele Versuche.
said-passkey-not-made = Das Einrichten hat nicht geklappt. Bitte versuchen Sie es erneut.
said-passkey-kind = Diese Art von Gerät ist nicht erlaubt. Fragen Sie die Verwaltung.
said-consent-again = Die Frage ist eine neue. Bitte beantworten Sie sie.
said-one-more-step = Noch ein Schritt.
said-continue = Weiter
said-delete-text = Ihr Konto und alles, was hier dazugehört, wird gelöscht. Das lässt sich nicht rückgängig machen.
said-delete = Mein Konto löschen
said-recovery-codes = Wiederherstellungs­codes
said-authenticator-app = Authenticator-App
said-passkey = Passkey
said-renamed = Der Name ist gespeichert.
said-removed = Es ist entfernt und meldet niemanden mehr an.
said-unnamed = Ein Name hat 1 bis 64 Zeichen. Nichts wurde geändert.
said-gone = Es war nicht mehr da.
said-profile = Profil
said-profile-text = Ihr Name, Ihre Adresse und Ihre Sprache.
said-password = Passwort
said-password-text = Womit Sie sich anmelden.
said-account = Konto
said-account-text = Beendet Ihr Konto hier, für immer.
said-change = Ändern
said-delete-word = Löschen
said-as-browser = Wie der Browser es sagt
said-changed-meanwhile = Was Sie öffnen dürfen, wurde gerade geändert. Öffnen Sie die Seite erneut.
said-unknown-host = Unter dieser Adresse ist nichts eingerichtet
said-unknown-host-text = Der Reverse-Proxy fragte nach „{ $host }“, und keine Anwendung des eingebauten Outposts hat diesen Host. Die Verwaltung kann ihn als externen Host eines Providers setzen.
said-link-dead = Dieser Link gilt nicht mehr
said-link-cut-off = Der Link ist zu alt oder wurde abgeschnitten. Öffnen Sie die Anwendung erneut.
said-link-spent = Er wurde schon benutzt, ist zu alt, oder das Passwort wurde seither geändert. Bitten Sie um einen neuen: doorward recovery-link
said-wrong-credentials = Diese Zugangsdaten stimmen nicht
said-wrong-credentials-text = Die Anfrage trug einen Benutzernamen mit App-Passwort oder ein Token, und sie passen nicht. Benutzen Sie ein gültiges App-Passwort oder melden Sie sich an.
said-goes-round = Die Anwendung führt hierher zurück
said-goes-round-text = Der interne Host von { $app } ist Doorward selbst. Die Verwaltung muss ihn auf die Adresse der Anwendung setzen.
said-unreachable = Die Anwendung antwortet nicht
said-unreachable-text = Sie sind angemeldet, aber { $app } war nicht erreichbar. Wenn das so bleibt, sagen Sie es denen, die es betreiben.
said-try-again = Noch einmal versuchen
said-no-end = Die Anmeldung kommt zu keinem Ende
said-no-end-text = Die Anmeldung bei { $app } unter { $host } kam zu keinem Ende. Meist behält der Browser die Cookies dieser Website nicht, oder die Uhren von Browser und Server gehen auseinander.
said-address-not-known = Die öffentliche Adresse ist nicht bekannt
said-address-not-known-text = Doorward weiß nicht, wo seine Anmeldeseite ist. Setzen Sie DOORWARD_BASE_URL, base_url in den Systemeinstellungen oder authentik_host des eingebauten Outposts.
said-set-up-unfinished = Die Einrichtung ist nicht abgeschlossen
said-not-set-up = Doorward ist noch nicht eingerichtet
said-wrong-set-up-link = Dieser Einrichtungslink stimmt nicht
said-where-to-look = Wer es installiert hat, findet den Link im Protokoll in der Zeile mit „initial setup“, oder mit: doorward setup-link
said-passwords-differ = Die beiden Passwörter sind verschieden. Geben Sie beide noch einmal ein.
said-whole-address = Schreiben Sie die Adresse ohne Pfad, wie https://auth.example.com.
said-name-length = Nehmen Sie 1 bis 150 Zeichen.
said-whole-email = Schreiben Sie die ganze Adresse, wie mia@example.com.
said-password-short = Nehmen Sie mindestens 8 Zeichen.
said-password-long = Nehmen Sie höchstens 1024 Byte.
said-form-unreadable = Dieses Formular war nicht lesbar
said-form-unreadable-text = Öffnen Sie die Seite erneut und wiederholen Sie den letzten Schritt.
said-rule-length = Mindestens 8 Zeichen; länger ist besser als kompliziert.
said-rule-anything = Alles geht: Leerzeichen, Sätze, was Ihr Passwortmanager vorschlägt.
said-users = Benutzer
said-applications = Anwendungen
said-flows = Abläufe
said-store = Datenbank
said-sqlite-answers = SQLite antwortet.
said-postgres-answers = PostgreSQL antwortet.
said-public-address = Öffentliche Adresse
said-nothing-bound = Nichts ist verknüpft, und ohne Verknüpfung sind Anwendungen geschlossen.
said-any-binding = Eine der Verknüpfungen muss das Konto einlassen; keine tut es.
said-all-bindings = Alle Verknüpfungen müssen das Konto einlassen.
said-binding-group = Verknüpfung { $order } lässt eine Gruppe ein, zu der dieses Konto nicht gehört.
said-binding-not-group = Verknüpfung { $order } hält die Mitglieder von „{ $name }“ draußen.
said-binding-other = Verknüpfung { $order } lässt ein anderes Konto ein.
said-binding-not-user = Verknüpfung { $order } hält dieses Konto draußen.
said-binding-failed = Verknüpfung { $order } fragt die Richtlinie „{ $name }“, die fehlschlug ({ $failure }); ihr Ergebnis ist dann Nein.
said-binding-no = Verknüpfung { $order } fragt die Richtlinie „{ $name }“, die Nein sagt.
said-rule-failed = Eine Regel ließ sich nicht auswerten.
said-not-allowed-here = Diese Antworten sind hier nicht erlaubt.
said-required = Dieses Feld ist nötig.
said-blank = Dieses Feld darf nicht leer sein.
said-control = Steuerzeichen sind nicht erlaubt.
said-null-character = Nullzeichen sind nicht erlaubt.
said-not-text = Das ist kein gültiger Text.
said-too-short = Dieses Feld braucht mindestens { $count } Zeichen.
said-too-long = Dieses Feld darf höchstens { $count } Zeichen haben.
said-no-choice = „{ $text }“ steht nicht zur Wahl.
said-no-date = Das ist kein Datum. Schreiben Sie es so: JJJJ-MM-TT.
said-file-size = Wählen Sie eine Datei von höchstens { $count } KiB.
said-file-unreadable = Diese Datei lässt sich nicht lesen.
said-no-integer = Eine ganze Zahl ist nötig.
said-no-email = Geben Sie eine gültige E-Mail-Adresse ein.
said-differ = Die Passwörter stimmen nicht überein.
said-taken = Dieser Benutzername ist schon vergeben.
said-weak = Das Passwort ist zu schwach.
said-password-old = Das Passwort ist vor { $count } Tagen abgelaufen. Bitte setzen Sie ein neues.
said-used-before = Dieses Passwort hatten Sie schon einmal. Wählen Sie ein anderes.
said-tried-many = Sie haben viele neue Passwörter probiert. Warten Sie eine Minute und versuchen Sie es dann noch einmal.
said-breached = Dieses Passwort ist Angreifern bekannt: Es stand in { $times } Datenlecks. Wählen Sie ein anderes.
said-elsewhere = Von diesem Ort oder Netz aus können Sie sich nicht anmelden.
said-too-far = Sie sind zu weit von dem Ort entfernt, an dem Sie sich zuletzt angemeldet haben.
said-too-fast = So schnell reist niemand von dem Ort hierher, an dem Sie sich zuletzt angemeldet haben.
said-opening = { $app } wird geöffnet
said-signed-out-of = Sie haben sich von { $app } abgemeldet
said-sign-out = Abmelden
said-welcome = Willkommen
said-change-password = Passwort ändern
said-new-password = Neues Passwort
said-new-password-again = Neues Passwort wiederholen
said-new-password-hint = Mindestens 8 Zeichen. Länger ist besser als kompliziert.
said-your-profile = Ihr Profil
said-name = Name
said-language = Sprache
said-signing-in = Anmeldung
said-set-up-app = Authenticator-App einrichten
said-create-passkey = Passkey erstellen
said-hint-few-words = Nehmen Sie ein paar Wörter, keine geläufigen Wendungen.
said-hint-no-symbols = Zeichen, Ziffern und Großbuchstaben sind nicht nötig.
said-hint-another-word = Fügen Sie ein, zwei Wörter hinzu. Seltene sind besser.
said-hint-common = Das ist ein sehr häufiges Passwort.
said-hint-top-10 = Das ist eines der zehn häufigsten Passwörter.
said-hint-top-100 = Das ist eines der hundert häufigsten Passwörter.
said-hint-one-word = Ein einzelnes Wort ist leicht zu erraten.
said-link-changed = Er wurde schon benutzt, ist zu alt, oder am Konto hat sich seither etwas geändert.
said-no-mail = Es kann kein Brief gesendet werden
said-no-mail-text = E-Mail ist hier nicht eingerichtet. Bitten Sie die Verwaltung um Hilfe.
said-somebody-else = Hier ist jemand anderes angemeldet
said-somebody-else-text = Dieser Link ist für ein anderes Konto. Melden Sie sich ab und öffnen Sie den Link dann noch einmal.
said-reset-password = Passwort zurücksetzen
said-get-mail-codes = Codes per E-Mail erhalten
said-mail-codes = Codes per E-Mail
said-enter-address = Geben Sie eine Adresse ein.
said-wrong-mailed-code = Der Code passt nicht, wurde schon benutzt oder ist zu alt.
said-address-known = Diese Adresse ist schon eingerichtet.
said-no-code = Gerade kann kein Code gesendet werden.
said-captcha = Das hat nicht gereicht. Bitte versuchen Sie es erneut.
said-captcha-silent = Der Dienst, der Roboter fernhält, antwortet nicht. Versuchen Sie es gleich noch einmal, oder bitten Sie einen Administrator um Hilfe.
said-captcha-missing = Beantworten Sie die Frage, die Roboter fernhält, dann geht es weiter.

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

## Codes per E-Mail

code-mailed = Ein Code ist unterwegs zu { $address }.
code-from-letter = Code aus dem Brief
code-mail = Code an { $address } senden
code-mail-again = Einen neuen Code senden
mailbox-why = Wenn Sie sich anmelden, senden wir Ihnen einen Code. Nehmen Sie eine Adresse, deren Passwort ein anderes ist als hier.
mailbox-address = E-Mail-Adresse
mailbox-send = Code senden

## Wofür Roboter zahlen

puzzle-why = Einen Augenblick bitte: Das hält Roboter fern.
puzzle-working = Ihr Browser erledigt eine kleine Arbeit. Das dauert einen Augenblick.
puzzle-wait = { $seconds ->
    [one] Ihr Browser führt keine Skripte aus. Warten Sie eine Sekunde und fahren Sie dann fort.
   *[other] Ihr Browser führt keine Skripte aus und kann die kleine Arbeit, die Roboter fernhält, nicht erledigen. Warten Sie stattdessen { $seconds } Sekunden und fahren Sie dann fort.
}
puzzle-needs-scripts = Dieser Schritt braucht JavaScript. Schalten Sie es ein, oder bitten Sie die Verwaltung um Hilfe.
puzzle-not-there = Der Dienst, der Roboter fernhält, ist nicht erreichbar. Versuchen Sie es gleich noch einmal, oder bitten Sie einen Administrator um Hilfe.
puzzle-go-on = Weiter

## What administrators see beside a flow

inspector = Ablaufinspektor: was dieser Durchlauf enthält
inspector-done = erledigt
inspector-now = jetzt
inspector-next = geplant
inspector-known = Was er weiß
inspector-nothing = Noch nichts.
inspector-run = Durchlauf
inspector-close = Ohne diese Ansicht neu beginnen
said-device-unknown = Mit diesem Code wartet kein Gerät. Sehen Sie noch einmal auf das Gerät, oder beginnen Sie dort von vorn.
said-device-in = Ihr Gerät ist angemeldet
said-device-go-back = Sie können jetzt dorthin zurückkehren.
said-device-out = Das Gerät wurde nicht hereingelassen
said-device-told-nothing = Es hat nichts erfahren. Wenn Sie die Frage nicht erwartet haben, hat Ihnen vielleicht jemand anders den Code geschickt.
said-device-late = Dieser Code gilt nicht mehr
said-device-start-again = Er wurde benutzt oder ist zu alt. Beginnen Sie am Gerät von vorn.

mismatch-title = Diese Adresse ist nicht eingetragen
mismatch-text = { $app } will die Antwort an eine Adresse haben, die nicht zu ihren Rücksprungadressen gehört. Dorthin wurde nichts geschickt.
mismatch-sent = Gesendet
mismatch-registered = Eingetragen
mismatch-differs = Was sich unterscheidet
mismatch-others = Außerdem eingetragen:
mismatch-expression = (ein Ausdruck)
mismatch-none = Noch ist keine eingetragen.
mismatch-warning = Wer unter dieser Adresse antwortet, meldet Menschen bei { $app } an. Erlauben Sie sie nur, wenn Sie wissen, dass sie zur Anwendung gehört.
mismatch-allow = Diese Adresse erlauben
mismatch-sign-in = Um diese Adresse zu erlauben, melden Sie sich zuerst noch einmal an.
said-mismatch-scheme = das Schema (was vor :// steht)
said-mismatch-host = der Host
said-mismatch-port = der Port
said-mismatch-path = der Pfad
said-mismatch-slash = der Schrägstrich am Ende
said-mismatch-query = die Abfrage (was nach dem ? steht)
said-mismatch-case = Groß- und Kleinschreibung
said-not-right = Diese Anmeldeanfrage stimmt nicht
said-mismatch = „{ $name }“ will die Antwort an eine Adresse haben, die nicht dafür eingetragen ist. Dorthin wurde nichts geschickt. Nennen Sie der Verwaltung die Kennung unten.
said-allowed = Die Adresse ist erlaubt
said-go-on-to-app = Weiter zur Anwendung
said-again-and-again = Die Anwendung fragt immer wieder
said-again-and-again-text = Sie sind angemeldet, aber die Anwendung nimmt es nicht an. Warten Sie ein wenig, und öffnen Sie sie dann noch einmal.
said-token-removed = Es ist entfernt und öffnet nichts mehr.
said-token-made-already = Das wurde schon erstellt, und der Schlüssel wird nur einmal gezeigt. Entfernen Sie es, und erstellen Sie ein neues.
said-token-name = Schreiben Sie in 1 bis 64 Zeichen, wofür es ist.
said-own-devices = Passkeys und Codes
said-own-devices-text = Womit Sie sich neben dem Passwort anmelden, und Ihre Wiederherstellungscodes.
said-own-sessions = Sitzungen
said-own-sessions-text = Wo Sie angemeldet sind, und die Abmeldung dort.
said-own-tokens = Zugangsschlüssel und App-Passwörter
said-own-tokens-text = Für Apps und Programme, die unsere Anmeldeseite nicht zeigen können.
said-open = Öffnen
said-taken-back = Zurückgenommen. Die Anwendung muss wieder fragen.
said-access-ended = Beendet. Die Anwendung muss Sie wieder durch die Anmeldung schicken.
said-own-access = Apps mit Zugang
said-own-access-text = Was Apps über Sie wissen dürfen, und welche ohne weitere Frage hineinkommen.
said-asked = Die Verwaltung sieht, dass Sie angefragt haben.
said-asked-often = Für heute haben Sie oft genug angefragt. Versuchen Sie es morgen wieder.
said-own-saved = Gespeichert.
