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
did-not-work = Cela n’a pas fonctionné
not-you = Ce n’est pas vous ?
cancel = Annuler
password = Mot de passe
current-password = Mot de passe actuel
sign-in-with-passkey = Se connecter avec une clé d’accès
sign-in-without-password = Se connecter sans mot de passe
keep-signed-in = Rester connecté
forgot-password = Mot de passe oublié ?
next = Suivant
new-here = Nouveau ici ?
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
nothing-matches = Rien ne correspond à « { $search } »
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
opened-there = Ouvert depuis celle-ci :
sign-out-of-device = Se déconnecter : { $device }, { $address }
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

## What several pages say

background = Arrière-plan
please-check = Veuillez vérifier
optional = (facultatif)
deliver-title = Retour à l’application
deliver-text = Vous êtes connecté. Continuez vers { $host }.
continue = Continuer
confirm = Confirmer
save = Enregistrer
later = Plus tard
not-now = Pas maintenant
name = Nom
email = E-mail
instant = { $day }/{ $month }/{ $year } à { $hour }:{ $minute } UTC
browser-on-system = { $browser } sur { $system }

## Where somebody may not go

no-access-to = Pas d’accès à { $app }
cannot-open = Vous ne pouvez pas ouvrir { $app }
may-not-open = Vous êtes connecté en tant que { $name }, et ce compte ne peut pas ouvrir { $app }.
ask-with-reference = Si vous en avez besoin, demandez à un administrateur en lui indiquant la référence.
why = Pourquoi
only-administrators = Seuls les administrateurs voient ceci.
see-every-step = Voir chaque étape
back-to-applications = Retour à mes applications
use-other-account = Utiliser un autre compte

## The devices, and setting them up

how-you-sign-in = Comment vous vous connectez
beside-password = En plus de votre mot de passe. Avec deux de ces moyens, en perdre un ne vous bloque pas.
first-confirm = Pour modifier quelque chose ici, confirmez d’abord que c’est bien vous.
sign-in-once-more = Se connecter à nouveau
synced = aussi sur vos autres appareils
codes-left = { $count ->
    [one] { $count } restant
   *[other] { $count } restants
}
never-used = Jamais utilisé
set-up-at = Configuré le { $time }
name-of = de { $name }
rename = Renommer
rename-it = Renommer { $name }
remove = Supprimer
remove-it = Supprimer { $name }
nothing-yet = Rien pour l’instant
password-is-enough = Quiconque connaît votre mot de passe peut se connecter à votre place.
add = Ajouter
for-account = pour { $username }
scan-this = Ouvrez une application d’authentification sur votre téléphone et scannez ce code.
qr-code = Code QR pour votre application
on-this-device = Sur cet appareil ?
open-your-app = Ouvrez votre application
or-type-key = , ou saisissez-y cette clé :
enter-digits = { $count ->
    [one] Saisissez le chiffre affiché par l’application ({ $count }).
   *[other] Saisissez les { $count } chiffres affichés par l’application.
}
code-from-app = Code de votre application
write-codes-down = Notez ces codes ou imprimez cette page, et gardez-les avec votre passeport. Si vous n’avez plus votre téléphone, l’un d’eux vous connecte. Chacun sert une fois.
codes-shown-once = Ils ne sont affichés que maintenant. Une liste précédente cesse de fonctionner dès que vous continuez.
have-codes = C’est noté
about-passkeys = Avec une clé d’accès, vous vous connectez par le doigt, le visage ou un code PIN, sur cet appareil ou avec une clé de sécurité. Aucune fausse page ne peut la voler.
create-passkey = Créer une clé d’accès
make-needs-script = Une clé d’accès ne peut être créée qu’avec JavaScript activé.
passkey-taken = Cet appareil a déjà une clé d’accès pour vous.
passkey-failed = Échec. Veuillez réessayer.
use-passkey = Utiliser une clé d’accès
use-needs-script = Une clé d’accès ne s’utilise qu’avec JavaScript activé.
use-recovery-code = Utiliser un code de secours
recovery-code = Code de secours
works-once = Chacun d’eux sert une fois.
continue-with-code = Continuer avec ce code
choose-how = Avant de continuer, choisissez comment vous confirmerez désormais que c’est bien vous.

## The question before an application

answer-again = Veuillez répondre à nouveau
the-application = L’application
app-will-know = { $app } saura que c’est vous.
app-registered-itself = { $app } s’est enregistrée elle-même ici. Personne ici n’a vérifié ce qu’elle dit d’elle-même.
app-website = Site web
app-policy = Confidentialité
app-terms = Conditions d’utilisation
app-will-know-more = { $app } saura que c’est vous, et aussi :
new-permission = (nouveau)
allow = Autoriser
do-not-allow = Ne pas autoriser
device-code-title = Ce que montre l’appareil
device-code = Code que montre l’appareil
device-code-hint = Huit lettres. Elles sont sur l’écran de l’appareil.
device-question = Laissez-vous entrer cet appareil ?
device-wants = Un appareil veut utiliser { $app } en votre nom. Continuez seulement s’il est devant vous et montre ce code.
device-code-shown = Code
device-asks-from = Il demande depuis
device-from-unknown = On ne sait pas d’où il demande.
device-allow = Laisser entrer l’appareil
device-deny = Ne pas le laisser entrer

## What people change about themselves

your-account = Votre compte
back-to-account = Votre compte
your-tokens = Jetons et mots de passe d’application
tokens-lead = Un mot de passe d’application vous connecte là où une application ne peut pas afficher notre page de connexion : courrier, agenda, lecteur réseau. Avec un jeton, un programme utilise l’API en votre nom. Donnez le sien à chaque application pour pouvoir les reprendre un à un.
token-app-password = Mot de passe d’application
token-api = Jeton pour l’API
ends-at = Prend fin le { $time }
ends-never = Ne prend pas fin de lui-même
made-at = Créé le { $time }
no-tokens = Toutes vos applications utilisent notre page de connexion.
new-token = En créer un nouveau
what-for = À quoi sert-il ?
what-for-hint = Pour le reconnaître : « Agenda de mon téléphone ».
what-it-opens = Ce qu’il ouvre
opens-apps = Les applications qui demandent un nom d’utilisateur et un mot de passe
opens-api = L’API, avec tout ce que vous pouvez faire
how-long = Pour combien de temps ?
days-long = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
make-it = Créer
token-made = « { $name } » est prêt
token-shown-once = Copiez-le maintenant. Il n’est affiché que cette fois.
token-username = Nom d’utilisateur
token-key = Jeton
apps-with-access = Applications autorisées
may-know = Peut connaître :
no-access-yet = Quand une application demande à savoir quelque chose sur vous et que vous acceptez, elle apparaît ici.
apps-stay = Applications qui restent connectées
apps-stay-lead = Elles entrent en votre nom sans redemander.
in-places = { $count ->
    [one] À { $count } endroit
   *[other] À { $count } endroits
}
since-until = Depuis le { $since }, jusqu’au { $until }
since-for-good = Depuis le { $since }, jusqu’à ce que vous le repreniez
end-access = Mettre fin
end-access-of = Mettre fin à l’accès de { $app }
what-you-allowed = Ce que vous avez autorisé
what-you-allowed-lead = Le reprendre met aussi fin à l’accès de l’application.
take-back = Reprendre
take-back-from = Reprendre ce que { $app } était autorisé à savoir
language-and-look = Langue et apparence
as-browser-says = Comme mon navigateur
theme = Clair ou sombre
as-device-says = Comme mon appareil
theme-light = Clair
theme-dark = Sombre
your-data = Vos données
your-data-lead = Tout ce qui est enregistré ici à votre sujet, sans mots de passe ni clés, dans un fichier JSON.
download-data = Télécharger mes données
favourites = Favoris
opened-last = Ouvertes récemment
all-others = Toutes les autres
favourite-it = Favori : { $name }
open-it = Ouvrir
ask-for-access = Demander l’accès
ask-lead = Vous ne pouvez pas encore ouvrir celles-ci.
ask-for = Demander { $app }
what-need-it-for = Pourquoi en avez-vous besoin ?
send-request = Demander

## Signing out

sign-out-question = Se déconnecter ?
signed-in-as = Vous êtes connecté en tant que { $name }.
sign-out-choice = Vous pouvez vous déconnecter de { $app } seulement, ou de tout ce que vous avez ouvert d’ici.
signs-out-everywhere = Cela vous déconnecte ici et de toutes les applications ouvertes d’ici.
sign-out-of-app = Se déconnecter de { $app }
sign-out-of-all = Se déconnecter de tout
stay-signed-in = Rester connecté
signing-out = Déconnexion en cours
apps-are-told = Les applications sont informées de votre déconnexion. Cela prend un instant.
signed-out = Déconnecté
you-are-signed-out = Vous êtes déconnecté
of-app = de { $app }
others-stay-open = Vos autres applications restent ouvertes.
signed-out-everywhere = Vous êtes déconnecté ici et de toutes les applications ouvertes d’ici. Sur un ordinateur partagé, fermez aussi le navigateur.
sign-in-again = Se reconnecter

## The first run, and ways back in

set-up = Configuration
set-up-brand = Configurer { $brand }
one-page = Une page, puis vous êtes connecté en tant qu’administrateur.
address = Adresse
administrator = Administrateur
public-address = Adresse publique
address-hint = Ce que l’on saisit pour arriver ici, avec https. Elle a été reprise de l’adresse de votre navigateur.
address-unknown = { $brand } ne sait pas encore à quelle adresse on l’ouvre. D’ici là, personne ne peut se connecter à une application.
user-name = Nom d’utilisateur
full-name = Nom complet
type-again = Votre saisie n’a pas été conservée. Saisissez-la à nouveau, les deux fois.
password-again = Mot de passe, encore une fois
finish = Terminer
sign-in-by-link = Connexion par lien
sign-in-as = Se connecter en tant que { $username } ?
link-works-once = Ce lien sert une fois et ne change pas le mot de passe. Un administrateur en définit un nouveau, par exemple avec cette commande :

## The administration

works = Fonctionne
api-description = Sa description (OpenAPI)
api-version = Version 3, comme celle d’authentik.
api-token = Utilisez la session de ce navigateur ou envoyez un jeton :
api-addresses = Adresses
api-address = Adresse
api-methods = Ce qu’elle fait
api-nothing = Rien n’est proposé ici pour l’instant.

## Letters

subject-setup = Le courrier de { $brand } fonctionne
subject-password_reset = Retrouver l’accès à votre compte
subject-account_confirmation = Confirmez votre adresse pour { $brand }
subject-email_otp = Votre code pour { $brand }
subject-invitation = Vous êtes invité sur { $brand }
address-asked = Quelqu’un, vous espérons-le, a créé le compte { $username } avec cette adresse. Ouvrez ce lien pour confirmer qu’elle est à vous :
confirm-address = Confirmer l’adresse
address-until = Il sert une fois, jusqu’au { $time }. Si ce n’était pas vous, ne faites rien : sans le lien, le compte reste fermé.
your-code = Voici votre code pour vous connecter en tant que { $username } :
code-until = Il sert une fois, jusqu’au { $time }. Si vous n’êtes pas en train de vous connecter, quelqu’un d’autre connaît votre mot de passe : changez-le.
invited = Vous êtes invité à créer un compte. Ouvrez ce lien :
make-account = Créer un compte
invited-until = Il fonctionne jusqu’au { $time }.
invited-not-you = Si vous ne savez pas de quoi il s’agit, ne faites rien.
hello = Bonjour { $name },
mail-arrives = Ce message montre que le courrier de { $brand } arrive. Il n’y a rien à faire.
way-back-asked = Quelqu’un, vous espérons-le, a demandé à retrouver l’accès au compte { $username }. Ouvrez ce lien pour vous connecter une fois et définir un nouveau mot de passe :
sign-in-once = Se connecter une fois
way-back-until = Il fonctionne jusqu’au { $time }. Si vous n’avez rien demandé, ne faites rien : sans le lien, rien ne change.

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Se connecter
said-username-or-email = Nom d’utilisateur ou e-mail
said-check-both = Vérifiez le nom d’utilisateur et le mot de passe. Les deux sont vérifiés ensemble, nous ne pouvons donc pas dire lequel est faux.
said-expired = Cette page est restée ouverte trop longtemps, rien n’a donc été envoyé. Veuillez vous reconnecter.
said-moved = Vous avez été déconnecté, car votre réseau ou votre lieu a changé. Veuillez vous reconnecter.
said-not-this-model = Les clés d’accès et clés de sécurité de ce modèle ne sont pas autorisées ici. Utilisez-en une autre ou demandez à un administrateur lesquelles le sont.
said-set-one-up-and-return = Il est demandé ici et vous n’en avez aucun qui compte. Configurez-en un, puis revenez.
said-set-one-up = En configurer un
said-no-source = Quelqu’un d’autre devrait dire qui vous êtes et ne peut pas être interrogé. Prévenez un administrateur.
said-knows-profile = Votre nom, votre nom d’utilisateur et vos groupes
said-knows-email = Votre adresse e-mail
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
said-fault-text = Ce n’est pas votre faute et rien n’a été perdu. Réessayez ; si cela se reproduit, indiquez la référence ci-dessous à un administrateur.
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
said-username = Nom d’utilisateur
said-email = E-mail
said-too-many = Trop de tentatives
said-open-too-long = Cette page est restée ouverte trop longtemps, rien n’a donc été envoyé. Veuillez recommencer.
said-not-current = Ce n’est pas votre mot de passe actuel. Saisissez-le à nouveau.
said-cannot-go-on = Vous ne pouvez pas continuer ici
said-cannot-go-on-text = Un administrateur en a décidé ainsi. Adressez-vous à lui si vous pensez que c’est une erreur.
said-no-invitation = Cette invitation ne fonctionne pas
said-no-invitation-text = Elle est trop ancienne, a déjà servi ou est destinée à autre chose. Demandez-en une nouvelle.
said-not-written = Votre compte n’a pas été enregistré
said-not-written-text = Le nom vient peut-être d’être pris. Recommencez.
said-signed-in-already = Vous êtes déjà connecté
said-signed-in-already-text = Ceci crée un nouveau compte. Déconnectez-vous d’abord si c’est ce que vous voulez.
said-too-much = C’était trop
said-too-much-text = La saisie dépasse ce que ces étapes peuvent conserver. Recommencez avec moins.
said-no-device = Il vous faut un second moyen de confirmer que c’est vous
said-no-device-text = Cette connexion en demande un, et vous n’en avez aucun qui compte ici. Un administrateur peut vous aider.
said-no-address = Les clés d’accès ne fonctionnent pas encore ici
said-no-address-text = Elles exigent une adresse publique avec un nom. Un administrateur peut la définir.
said-codes-used-up = Vos codes de récupération sont épuisés
said-codes-used-up-text = Vous n’avez pas d’autre moyen de confirmer que c’est bien vous. Un administrateur peut vous aider.
said-unreadable-address = Impossible de savoir où vous êtes
said-unreadable-address-text = Cette connexion reste en un lieu, et un proxy sur le chemin indique le vôtre sous une forme illisible. Signalez-le à un administrateur.
said-stale = Connectez-vous à nouveau
said-stale-text = Avant de changer votre façon de vous connecter, confirmez que c’est bien vous.
said-confirm-you = Confirmez que c’est bien vous
said-enter-code = Saisissez le code.
said-wrong-code = Le code ne convient pas ou a déjà servi. L’heure de votre appareil doit être juste ; un nouveau code arrive toutes les 30 secondes.
said-passkey-refused = La clé d’accès n’a pas été acceptée.
said-passkey-refused-text = La clé d’accès n’a pas été acceptée. Elle a peut-être été supprimée ou appartient à un autre compte.
said-code-or-passkey = Saisissez un code ou utilisez une clé d’accès.
said-too-many-dot = Trop de tentatives.
said-passkey-not-made = L’enregistrement a échoué. Veuillez réessayer.
said-passkey-kind = Ce type d’appareil n’est pas autorisé. Adressez-vous à un administrateur.
said-consent-again = La question a changé. Veuillez y répondre.
said-one-more-step = Encore une étape.
said-continue = Continuer
said-delete-text = Votre compte et tout ce qui s’y rattache ici seront supprimés. C’est irréversible.
said-delete = Supprimer mon compte
said-recovery-codes = Codes de secours
said-authenticator-app = Application d’authentification
said-passkey = Clé d’accès
said-renamed = Le nom est enregistré.
said-removed = Il est supprimé et ne connecte plus personne.
said-unnamed = Un nom a de 1 à 64 caractères. Rien n’a été modifié.
said-gone = Il n’était plus là.
said-profile = Profil
said-profile-text = Votre nom, votre adresse et votre langue.
said-password = Mot de passe
said-password-text = Ce avec quoi vous vous connectez.
said-account = Compte
said-account-text = Met fin à votre compte ici, définitivement.
said-change = Modifier
said-delete-word = Supprimer
said-as-browser = Comme le navigateur
said-changed-meanwhile = Ce que vous pouvez ouvrir vient d’être modifié. Rouvrez la page.
said-unknown-host = Rien n’est configuré à cette adresse
said-unknown-host-text = Le proxy inverse a demandé « { $host } », et aucune application de l’avant-poste intégré n’a cet hôte. Un administrateur peut le définir comme hôte externe d’un fournisseur.
said-link-dead = Ce lien ne fonctionne plus
said-link-cut-off = Le lien est trop ancien ou a été tronqué. Rouvrez l’application.
said-link-spent = Il a déjà servi, il est trop ancien ou le mot de passe a changé depuis. Demandez-en un nouveau : doorward recovery-link
said-wrong-credentials = Ces identifiants ne sont pas bons
said-wrong-credentials-text = La requête portait un nom d’utilisateur avec un mot de passe d’application, ou un jeton, et ils ne conviennent pas. Utilisez un mot de passe d’application encore valable ou connectez-vous.
said-goes-round = L’application ramène ici
said-goes-round-text = L’hôte interne de { $app } est Doorward lui-même. Un administrateur doit le régler sur l’adresse de l’application.
said-unreachable = L’application ne répond pas
said-unreachable-text = Vous êtes connecté, mais { $app } est injoignable. Si cela dure, prévenez la personne qui s’en occupe.
said-try-again = Réessayer
said-no-end = La connexion n’aboutit pas
said-no-end-text = La connexion à { $app } sur { $host } n’a pas abouti. Le plus souvent, le navigateur ne garde pas les cookies de ce site, ou les horloges du navigateur et du serveur diffèrent.
said-address-not-known = L’adresse publique n’est pas connue
said-address-not-known-text = Doorward ne sait pas où est sa page de connexion. Définissez DOORWARD_BASE_URL, base_url dans les paramètres système ou authentik_host de l’avant-poste intégré.
said-set-up-unfinished = La configuration n’est pas terminée
said-not-set-up = Doorward n’est pas encore configuré
said-wrong-set-up-link = Ce lien de configuration n’est pas le bon
said-where-to-look = La personne qui l’a installé trouve le lien dans le journal, à la ligne « initial setup », ou avec : doorward setup-link
said-passwords-differ = Les deux mots de passe diffèrent. Saisissez-les à nouveau.
said-whole-address = Écrivez l’adresse sans chemin, comme https://auth.example.com.
said-name-length = Utilisez de 1 à 150 caractères.
said-whole-email = Écrivez l’adresse entière, comme mia@example.com.
said-password-short = Utilisez au moins 8 caractères.
said-password-long = Utilisez au plus 1024 octets.
said-form-unreadable = Ce formulaire était illisible
said-form-unreadable-text = Rouvrez la page et répétez la dernière étape.
said-rule-length = Au moins 8 caractères ; plus long vaut mieux que compliqué.
said-rule-anything = Tout est permis : espaces, phrases, ce que propose votre gestionnaire de mots de passe.
said-users = Utilisateurs
said-applications = Applications
said-flows = Flux
said-store = Base de données
said-sqlite-answers = SQLite répond.
said-postgres-answers = PostgreSQL répond.
said-public-address = Adresse publique
said-nothing-bound = Rien n’est lié, et sans lien une application reste fermée.
said-any-binding = Une des liaisons doit laisser entrer le compte ; aucune ne le fait.
said-all-bindings = Toutes les liaisons doivent laisser entrer le compte.
said-binding-group = La liaison { $order } laisse entrer un groupe dont ce compte n’est pas membre.
said-binding-not-group = La liaison { $order } exclut les membres de « { $name } ».
said-binding-other = La liaison { $order } laisse entrer un autre compte.
said-binding-not-user = La liaison { $order } exclut ce compte.
said-binding-failed = La liaison { $order } interroge la politique « { $name } », qui a échoué ({ $failure }) ; son résultat est alors non.
said-binding-no = La liaison { $order } interroge la politique « { $name } », qui dit non.
said-rule-failed = Une règle n’a pas pu être évaluée.
said-not-allowed-here = Ces réponses ne sont pas autorisées ici.
said-required = Ce champ est obligatoire.
said-blank = Ce champ ne peut pas être vide.
said-control = Les caractères de contrôle ne sont pas autorisés.
said-null-character = Les caractères nuls ne sont pas autorisés.
said-not-text = Ce n’est pas un texte valable.
said-too-short = Ce champ doit avoir au moins { $count } caractères.
said-too-long = Ce champ ne peut pas dépasser { $count } caractères.
said-no-choice = « { $text } » ne fait pas partie des choix.
said-no-date = Ce n’est pas une date. Écrivez-la ainsi : AAAA-MM-JJ.
said-file-size = Choisissez un fichier d’au plus { $count } Kio.
said-file-unreadable = Ce fichier est illisible.
said-no-integer = Un nombre entier est requis.
said-no-email = Saisissez une adresse e-mail valable.
said-differ = Les mots de passe ne correspondent pas.
said-taken = Ce nom d’utilisateur est déjà pris.
said-weak = Le mot de passe est trop faible.
said-password-old = Le mot de passe a expiré il y a { $count } jours. Veuillez le changer.
said-used-before = Vous avez déjà utilisé ce mot de passe. Choisissez-en un autre.
said-tried-many = Vous avez essayé beaucoup de nouveaux mots de passe. Attendez une minute, puis réessayez.
said-breached = Ce mot de passe est connu des pirates : il figurait dans { $times } fuites. Choisissez-en un autre.
said-elsewhere = Vous ne pouvez pas vous connecter depuis ce lieu ou ce réseau.
said-too-far = Vous êtes trop loin de l’endroit de votre dernière connexion.
said-too-fast = Personne ne voyage aussi vite depuis l’endroit de votre dernière connexion.
said-opening = Ouverture de { $app }
said-signed-out-of = Vous vous êtes déconnecté de { $app }
said-sign-out = Se déconnecter
said-welcome = Bienvenue
said-change-password = Changer votre mot de passe
said-new-password = Nouveau mot de passe
said-new-password-again = Nouveau mot de passe, encore une fois
said-new-password-hint = Au moins 8 caractères. Plus long vaut mieux que compliqué.
said-your-profile = Votre profil
said-name = Nom
said-language = Langue
said-signing-in = Connexion
said-set-up-app = Configurer une application d’authentification
said-create-passkey = Créer une clé d’accès
said-hint-few-words = Utilisez quelques mots, évitez les expressions courantes.
said-hint-no-symbols = Symboles, chiffres ou majuscules ne sont pas nécessaires.
said-hint-another-word = Ajoutez un mot ou deux. Les mots rares sont préférables.
said-hint-common = C’est un mot de passe très courant.
said-hint-top-10 = C’est l’un des dix mots de passe les plus courants.
said-hint-top-100 = C’est l’un des cent mots de passe les plus courants.
said-hint-one-word = Un mot seul est facile à deviner.
said-link-changed = Il a déjà servi, il est trop ancien, ou quelque chose a changé dans le compte depuis.
said-no-mail = Aucun message ne peut être envoyé
said-no-mail-text = L’envoi de messages n’est pas configuré ici. Demandez de l’aide à l’administration.
said-somebody-else = Quelqu’un d’autre est connecté ici
said-somebody-else-text = Ce lien est pour un autre compte. Déconnectez-vous, puis ouvrez-le à nouveau.
said-reset-password = Réinitialiser votre mot de passe
said-get-mail-codes = Recevoir des codes par e-mail
said-mail-codes = Codes par e-mail
said-enter-address = Saisissez une adresse.
said-wrong-mailed-code = Le code ne convient pas, a déjà servi ou est trop ancien.
said-address-known = Cette adresse est déjà configurée.
said-no-code = Aucun code ne peut être envoyé pour le moment.
said-captcha = Cela n’a pas suffi. Veuillez réessayer.
said-captcha-silent = Le service qui écarte les robots ne répond pas. Réessayez dans un instant ou demandez de l’aide à un administrateur.
said-captcha-missing = Répondez à la question qui écarte les robots, puis continuez.

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

## Codes par e-mail

code-mailed = Un code est en route vers { $address }.
code-from-letter = Code reçu par e-mail
code-mail = Envoyer un code à { $address }
code-mail-again = Envoyer un autre code
mailbox-why = Quand vous vous connectez, nous vous envoyons un code. Prenez une adresse dont le mot de passe n’est pas celui d’ici.
mailbox-address = Adresse e-mail
mailbox-send = Envoyer un code

## Ce que paient les robots

puzzle-why = Un instant, s’il vous plaît : ceci éloigne les robots.
puzzle-working = Votre navigateur fait un petit travail. Cela prend un instant.
puzzle-wait = { $seconds ->
    [one] Votre navigateur n’exécute pas de scripts. Attendez une seconde, puis continuez.
   *[other] Votre navigateur n’exécute pas de scripts et ne peut pas faire le petit travail qui éloigne les robots. Attendez plutôt { $seconds } secondes, puis continuez.
}
puzzle-needs-scripts = Cette étape a besoin de JavaScript. Activez-le, ou demandez de l’aide à l’administration.
puzzle-not-there = Le service qui écarte les robots est injoignable. Réessayez dans un instant ou demandez de l’aide à un administrateur.
puzzle-go-on = Continuer

## What administrators see beside a flow

inspector = Inspecteur : ce que contient ce parcours
inspector-done = terminé
inspector-now = en cours
inspector-next = prévu
inspector-known = Ce qu’il sait
inspector-nothing = Rien encore.
inspector-run = Parcours
inspector-close = Recommencer sans cet affichage
said-device-unknown = Aucun appareil n’attend avec ce code. Regardez de nouveau l’appareil, ou recommencez là-bas.
said-device-in = Votre appareil est connecté
said-device-go-back = Vous pouvez y retourner.
said-device-out = L’appareil n’est pas entré
said-device-told-nothing = Il n’a rien appris. Si vous n’attendiez pas cette question, quelqu’un d’autre vous a peut-être envoyé le code.
said-device-late = Ce code ne marche plus
said-device-start-again = Il a été utilisé ou est trop vieux. Recommencez sur l’appareil.

mismatch-title = Cette adresse n’est pas enregistrée
mismatch-text = { $app } a demandé une réponse à une adresse qui ne figure pas parmi ses adresses de redirection. Rien n’y a été envoyé.
mismatch-sent = Envoyée
mismatch-registered = Enregistrée
mismatch-differs = Ce qui diffère
mismatch-others = Également enregistrées :
mismatch-expression = (une expression)
mismatch-none = Aucune n’est encore enregistrée.
mismatch-warning = Quiconque répond à cette adresse connecte des personnes à { $app }. Ne l’autorisez que si vous savez qu’elle est celle de l’application.
mismatch-allow = Autoriser cette adresse
mismatch-sign-in = Pour autoriser cette adresse, connectez-vous d’abord à nouveau.
said-mismatch-scheme = le schéma (ce qui précède ://)
said-mismatch-host = l’hôte
said-mismatch-port = le port
said-mismatch-path = le chemin
said-mismatch-slash = la barre oblique à la fin
said-mismatch-query = la requête (ce qui suit le ?)
said-mismatch-case = les majuscules
said-not-right = Cette demande de connexion n’est pas correcte
said-mismatch = « { $name } » a demandé une réponse à une adresse qui n’est pas enregistrée pour elle. Rien n’y a été envoyé. Donnez à un administrateur la référence ci-dessous.
said-allowed = L’adresse est autorisée
said-go-on-to-app = Continuer vers l’application
said-again-and-again = L’application demande sans cesse
said-again-and-again-text = Vous êtes connecté, mais l’application ne l’accepte pas. Attendez un peu, puis ouvrez-la de nouveau.
said-token-removed = Il est retiré et n’ouvre plus rien.
said-token-made-already = Il a déjà été créé, et sa clé n’est affichée qu’une fois. Retirez-le et créez-en un autre.
said-token-name = Écrivez en 1 à 64 caractères à quoi il sert.
said-own-devices = Clés d’accès et codes
said-own-devices-text = Ce avec quoi vous vous connectez en plus du mot de passe, et vos codes de secours.
said-own-sessions = Sessions
said-own-sessions-text = Où vous êtes connecté, et vous y déconnecter.
said-own-tokens = Jetons et mots de passe d’application
said-own-tokens-text = Pour les applications et programmes qui ne peuvent pas afficher notre page de connexion.
said-open = Ouvrir
said-taken-back = Repris. L’application doit redemander.
said-access-ended = Terminé. L’application doit vous refaire passer par la connexion.
said-own-access = Applications autorisées
said-own-access-text = Ce que les applications peuvent savoir de vous, et celles qui entrent sans redemander.
said-asked = Les administrateurs voient votre demande.
said-asked-often = Vous avez assez demandé pour aujourd’hui. Réessayez demain.
said-own-saved = Enregistré.
