# French. The same keys and variables as in every other file here; a test compares.

## In the head and below every signed-in page

skip-to-page = Aller au contenu
main-navigation = Menu principal
nav-applications = Applications
nav-devices = Connexion
nav-sessions = Sessions
nav-account = Compte
nav-administration = Administration
sign-out = Se déconnecter
language = Langue
change-language = Changer

## The sign-in card

sign-in-to = Se connecter à { $app }
continue-to = pour continuer vers { $app }
too-many-tries = Trop de tentatives
did-not-work = Cela n’a pas fonctionné
not-you = Ce n’est pas vous ?
cancel = Annuler
password = Mot de passe
current-password = Mot de passe actuel
sign-in-with-passkey = Se connecter avec une clé d’accès
sign-in-without-password = Se connecter sans mot de passe
keep-signed-in = Rester connecté
forgot-password = Mot de passe oublié ?
next = Suivant
new-here = Nouveau ici ?
create-account = Créer un compte
show-password = Afficher le mot de passe
show = Afficher
hide = Masquer
wait-then-try = { $seconds ->
    [one] Attendez { $seconds } seconde, puis réessayez.
   *[other] Attendez { $seconds } secondes, puis réessayez.
}
reference = Référence

## The applications

find-application = Rechercher une application
find = Rechercher
show-all = Tout afficher
nothing-matches = Rien ne correspond à « { $search } »
no-applications = Pas encore d’applications
try-shorter = Essayez un mot plus court ou affichez tout.
appears-here = Dès qu’un administrateur vous donne accès à l’une d’elles, elle apparaît ici.

## The sessions

where-signed-in = Où vous êtes connecté
if-unknown = Si l’une d’elles vous est inconnue, déconnectez-la et demandez un nouveau mot de passe à un administrateur.
this-device = Cet appareil
last-used = Dernière utilisation
from-address = depuis { $address }
signed-in-at = Connecté le { $time }
opened-there = Ouvert depuis celle-ci :
sign-out-of-device = Déconnecter { $device }, { $address }
sign-out-elsewhere = Se déconnecter partout ailleurs
just-now = à l’instant
minutes-ago = { $count ->
    [one] il y a { $count } minute
   *[other] il y a { $count } minutes
}
hours-ago = { $count ->
    [one] il y a { $count } heure
   *[other] il y a { $count } heures
}
days-ago = { $count ->
    [one] il y a { $count } jour
   *[other] il y a { $count } jours
}

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Se connecter
said-username-or-email = Nom d’utilisateur ou e-mail
said-check-both = Vérifiez le nom d’utilisateur et le mot de passe. Les deux sont vérifiés ensemble, nous ne pouvons donc pas dire lequel est faux.
said-expired = Cette page est restée ouverte trop longtemps, rien n’a donc été envoyé. Veuillez vous reconnecter.
said-enter-name = Saisissez votre nom d’utilisateur ou votre adresse e-mail.
said-enter-password = Saisissez votre mot de passe.
said-other-step = Cette réponse était destinée à une autre étape. Veuillez répondre à celle-ci.
said-unreadable = Une partie du formulaire était illisible. Veuillez réessayer.
said-go-to-applications = Aller à mes applications
said-not-found = Cette page n’existe pas
said-not-found-text = L’adresse est peut-être mal saisie, ou la page a été supprimée.
said-forbidden = Votre compte ne peut pas ouvrir cette page
said-forbidden-text = Si vous en avez besoin, demandez à un administrateur en lui indiquant la référence ci-dessous.
said-foreign-form = Ce formulaire était trop ancien
said-foreign-form-text = Par sécurité, rien n’a été fait. Rouvrez la page et répétez la dernière étape.
said-open-again = Rouvrir la page
said-wrong-method = Cette adresse ne s’utilise pas ainsi
said-wrong-method-text = Ouvrez-la plutôt depuis sa page.
said-too-large = C’était trop à la fois
said-too-large-text = L’envoi dépasse ce que cette page accepte. Raccourcissez-le et renvoyez-le.
said-too-many-text = Cela protège les comptes contre les essais au hasard.
said-headers = Votre navigateur a envoyé trop de cookies
said-headers-text = Supprimez les cookies de ce site, puis rouvrez la page.
said-fault = Un problème est survenu de notre côté
said-fault-text = Ce n’est pas votre faute et rien n’a été perdu. Réessayez ; si cela se reproduit, indiquez la référence ci-dessous à un administrateur.
said-store-down = La connexion est impossible pour le moment
said-store-down-text = La base de données ne répond pas. Rien n’a été perdu.
said-not-for-you = Cette page n’est pas pour vous en ce moment
said-not-for-you-text = Elle ne s’applique pas à votre connexion actuelle.
said-not-signed-in = Vous n’êtes pas connecté
said-not-signed-in-text = Trop de réponses ne convenaient pas. Recommencez.
said-no-way = La connexion est impossible de cette façon
said-no-way-text = Une des étapes ne peut pas être effectuée. Indiquez la référence ci-dessous à un administrateur.
said-start-again = Recommencer
said-ended-one = Déconnecté là-bas.
said-ended-others = Déconnecté partout ailleurs.
said-unknown-device = Appareil inconnu

## Lettres avec un lien

letter-sent = Si votre saisie correspond à un compte avec une adresse e-mail, un message avec un lien est en route. Ouvrez ce lien sur n’importe quel appareil pour continuer.
letter-sent-to = Un message avec un lien est en route vers { $address }. Ouvrez ce lien sur n’importe quel appareil pour continuer.
letter-nothing-came = Rien reçu ? Cela peut prendre quelques minutes. Regardez aussi parmi les messages indésirables.
letter-unsent = Nous vous envoyons un message avec un lien. Ouvrez ce lien pour continuer.
letter-unsent-to = Nous envoyons un message avec un lien à { $address }. Ouvrez ce lien pour continuer.
letter-send = Envoyer le message
letter-send-again = Envoyer à nouveau
letter-sent-again = Envoyé à nouveau.
letter-wait = { $minutes ->
    [one] Cela fait beaucoup de messages. Attendez une minute avant d’en demander un autre.
   *[other] Cela fait beaucoup de messages. Attendez { $minutes } minutes avant d’en demander un autre.
}
link-opened = Ce lien ne sert qu’une fois. Continuez si vous l’avez demandé ; sinon, fermez cette page et rien ne se passe.
link-go-on = Continuer
