# English. The same keys and variables as in every other file here; a test compares.

## In the head and below every signed-in page

skip-to-page = Skip to the page
main-navigation = Main
nav-applications = Applications
nav-devices = Sign-in
nav-sessions = Sessions
nav-account = Account
nav-administration = Administration
sign-out = Sign out
language = Language
change-language = Change

## The sign-in card

sign-in-to = Sign in to { $app }
continue-to = to continue to { $app }
did-not-work = That did not work
not-you = Not you?
cancel = Cancel
password = Password
current-password = Current password
sign-in-with-passkey = Sign in with a passkey
sign-in-without-password = Sign in without a password
keep-signed-in = Keep me signed in
forgot-password = Forgot password?
next = Next
new-here = New here?
create-account = Create an account
show-password = Show password
show = Show
hide = Hide
wait-then-try = { $seconds ->
    [one] Wait { $seconds } second, then try again.
   *[other] Wait { $seconds } seconds, then try again.
}
reference = Reference

## The applications

find-application = Find an application
find = Find
show-all = Show all
nothing-matches = Nothing matches “{ $search }”
no-applications = No applications yet
try-shorter = Try a shorter word, or show all.
appears-here = When an administrator gives you access to one, it appears here.

## The sessions

where-signed-in = Where you are signed in
if-unknown = If you do not know one of these, sign it out and ask an administrator for a new password.
this-device = This device
last-used = Last used
from-address = from { $address }
signed-in-at = Signed in { $time }
opened-there = Opened there:
sign-out-of-device = Sign out { $device }, { $address }
sign-out-elsewhere = Sign out everywhere else
just-now = just now
minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}

## What several pages say

background = Background
please-check = Please check
optional = (optional)
deliver-title = Back to the application
deliver-text = You are signed in. Continue to { $host }.
continue = Continue
confirm = Confirm
save = Save
later = Later
not-now = Not now
name = Name
email = Email
instant = { $year }-{ $month }-{ $day } { $hour }:{ $minute } UTC
browser-on-system = { $browser } on { $system }

## Where somebody may not go

no-access-to = No access to { $app }
cannot-open = You cannot open { $app }
may-not-open = You are signed in as { $name }, and this account may not open { $app }.
ask-with-reference = If you need it, ask an administrator and tell them the reference.
why = Why
only-administrators = Only administrators see this.
see-every-step = See every step
back-to-applications = Back to my applications
use-other-account = Use another account

## The devices, and setting them up

how-you-sign-in = How you sign in
beside-password = Beside your password. With two of these you are not locked out when one is lost.
first-confirm = To change anything here, first confirm that it is you.
sign-in-once-more = Sign in once more
synced = on your other devices as well
codes-left = { $count ->
    [one] { $count } left
   *[other] { $count } left
}
never-used = Never used
set-up-at = Set up { $time }
name-of = of { $name }
rename = Rename
rename-it = Rename { $name }
remove = Remove
remove-it = Remove { $name }
nothing-yet = Nothing yet
password-is-enough = Whoever knows your password can sign in as you.
add = Add
for-account = for { $username }
scan-this = Open an authenticator app on your phone and let it scan this code.
qr-code = QR code for your app
on-this-device = On this device?
open-your-app = Open your app
or-type-key = , or type this key into it:
enter-digits = { $count ->
    [one] Enter the { $count } digit that the app shows.
   *[other] Enter the { $count } digits that the app shows.
}
code-from-app = Code from your app
write-codes-down = Write these down or print this page, and keep them where you keep your passport. When your phone is gone, one of them signs you in. Each works once.
codes-shown-once = They are shown only now. A former list stops working as soon as you go on.
have-codes = I have them
about-passkeys = With a passkey you sign in by finger, face or PIN, on this device or with a security key. Nobody can steal it by a false page.
create-passkey = Create a passkey
make-needs-script = A passkey can only be made with JavaScript switched on.
passkey-taken = This device has a passkey for you already.
passkey-failed = That did not work. Please try again.
use-passkey = Use a passkey
use-needs-script = A passkey can only be used with JavaScript switched on.
use-recovery-code = Use a recovery code
recovery-code = Recovery code
works-once = Each of them works once.
continue-with-code = Continue with this code
choose-how = Before you go on, choose how you want to confirm that it is you from now on.

## The question before an application

answer-again = Please answer again
the-application = The application
app-will-know = { $app } will know that it is you.
app-registered-itself = { $app } registered itself here. Nobody here has checked what it says of itself.
app-website = Website
app-policy = Privacy policy
app-terms = Terms of use
app-will-know-more = { $app } will know that it is you, and:
new-permission = (new)
allow = Allow
do-not-allow = Do not allow
device-code-title = What the device shows
device-code = Code that the device shows
device-code-hint = Eight letters. You find them on the screen of the device.
device-question = Do you let this device in?
device-wants = A device wants to use { $app } as you. Go on only if it is in front of you and shows this code.
device-code-shown = Code
device-asks-from = It asks from
device-from-unknown = Where it asks from is not known.
device-allow = Let the device in
device-deny = Do not let it in

## What people change about themselves

your-account = Your account
back-to-account = Your account
your-tokens = Tokens and app passwords
tokens-lead = An app password signs you in where an app cannot show our sign-in page: mail, calendar, a network drive. A token lets a program use the API in your name. Give each app its own, so that you can take one back alone.
token-app-password = App password
token-api = Token for the API
ends-at = Ends { $time }
ends-never = Does not end by itself
made-at = Made { $time }
no-tokens = Every app of yours uses our sign-in page.
new-token = Make a new one
what-for = What is it for?
what-for-hint = So that you know it again: “Calendar on my phone”.
what-it-opens = What it opens
opens-apps = Apps that ask for a user name and a password
opens-api = The API, with everything that you may do
how-long = For how long?
days-long = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
make-it = Make it
token-made = “{ $name }” is ready
token-shown-once = Copy it now. It is shown only this once.
token-username = User name
token-key = Token
apps-with-access = Apps with access
may-know = May know:
no-access-yet = When an app asks to know something about you and you agree, it appears here.
apps-stay = Apps that stay signed in
apps-stay-lead = They get in as you without asking again.
in-places = { $count ->
    [one] In { $count } place
   *[other] In { $count } places
}
since-until = Since { $since }, until { $until }
since-for-good = Since { $since }, until you take it back
end-access = End
end-access-of = End the access of { $app }
what-you-allowed = What you allowed
what-you-allowed-lead = Taking it back also ends what the app was granted.
take-back = Take back
take-back-from = Take back what { $app } was allowed
language-and-look = Language and look
as-browser-says = As my browser says
theme = Light or dark
as-device-says = As my device says
theme-light = Light
theme-dark = Dark
your-data = Your data
your-data-lead = Everything that is stored about you here, without passwords and keys, as a JSON file.
download-data = Download my data
favourites = Favourites
opened-last = Opened last
all-others = All others
favourite-it = Favourite: { $name }
open-it = Open
ask-for-access = Ask for access
ask-lead = You may not open these yet.
ask-for = Ask for { $app }
what-need-it-for = What do you need it for?
send-request = Ask

## Signing out

sign-out-question = Sign out?
signed-in-as = You are signed in as { $name }.
sign-out-choice = You can sign out of { $app } only, or of everything you opened from here.
signs-out-everywhere = This signs you out here and in all applications you opened from here.
sign-out-of-app = Sign out of { $app }
sign-out-of-all = Sign out of everything
stay-signed-in = Stay signed in
signing-out = Signing you out
apps-are-told = Applications are being told that you signed out. This takes a moment.
signed-out = Signed out
you-are-signed-out = You are signed out
of-app = of { $app }
others-stay-open = Your other applications stay open.
signed-out-everywhere = You are signed out here and in all applications you opened from here. On a shared computer, close the browser as well.
sign-in-again = Sign in again

## The first run, and ways back in

set-up = Set up
set-up-brand = Set up { $brand }
one-page = One page, then you are signed in as the administrator.
address = Address
administrator = Administrator
public-address = Public address
address-hint = What people type to get here, with https. It was filled in from your browser’s address.
address-unknown = { $brand } does not know yet where people open it. Until it does, nobody can sign in to an application.
user-name = User name
full-name = Full name
type-again = What you typed was not kept. Type it again, both times.
password-again = Password again
finish = Finish
sign-in-by-link = Sign in by link
sign-in-as = Sign in as { $username }?
link-works-once = This link works once and leaves the password as it is. An administrator sets a new one, for example with this command:

## The administration

works = Works
api-description = Its description (OpenAPI)
api-version = Version 3, as authentik’s.
api-token = Use the session of this browser, or send a token:
api-addresses = Addresses
api-address = Address
api-methods = What it does
api-nothing = Nothing is served here yet.

## Letters

subject-setup = Mail from { $brand } works
subject-password_reset = Your way back into your account
subject-account_confirmation = Confirm your address for { $brand }
subject-email_otp = Your code for { $brand }
subject-invitation = You are invited to { $brand }
address-asked = Somebody, hopefully you, made the account { $username } with this address. Open this link to confirm that it is yours:
confirm-address = Confirm the address
address-until = It works once, until { $time }. If it was not you, do nothing: without the link the account stays shut.
your-code = This is your code to sign in as { $username }:
code-until = It works once, until { $time }. If you are not signing in right now, somebody else knows your password: change it.
invited = You are invited to make an account. Open this link:
make-account = Make an account
invited-until = It works until { $time }.
invited-not-you = If you do not know what this is about, do nothing.
hello = Hello { $name },
mail-arrives = This letter shows that mail from { $brand } arrives. There is nothing to do.
way-back-asked = Somebody, hopefully you, asked for a way back into the account { $username }. Open this link to sign in once and set a new password:
sign-in-once = Sign in once
way-back-until = It works until { $time }. If you did not ask for it, do nothing: without the link nothing changes.

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Sign in
said-username-or-email = Username or email
said-check-both = Check the user name and the password. Both are checked together, so we cannot say which is wrong.
said-expired = This page was open too long, so nothing was sent. Please sign in again.
said-moved = You were signed out because your network or your place has changed. Please sign in again.
said-not-this-model = Passkeys and security keys of this model are not allowed here. Use another one, or ask an administrator which ones are.
said-set-one-up-and-return = It is asked for here, and you have none that counts. Set one up, then come back.
said-set-one-up = Set one up
said-no-source = Somebody else would have to say who you are, and cannot be asked. Tell an administrator.
said-knows-profile = Your name, user name and groups
said-knows-email = Your email address
said-enter-name = Enter your user name or email address.
said-enter-password = Enter your password.
said-other-step = This was meant for another step. Please answer this one.
said-unreadable = Something in the form could not be read. Please try again.
said-go-to-applications = Go to my applications
said-not-found = There is no such page
said-not-found-text = The address may be mistyped, or the page was removed.
said-forbidden = Your account may not open this page
said-forbidden-text = If you need it, ask an administrator and tell them the reference below.
said-foreign-form = This form was too old
said-foreign-form-text = To be safe, nothing was done. Open the page again and repeat the last step.
said-open-again = Open the page again
said-wrong-method = This address cannot be used that way
said-wrong-method-text = Open it from its page instead.
said-too-large = That was too much at once
said-too-large-text = What was sent is larger than this page accepts. Shorten it and send it again.
said-too-many-text = This protects the accounts here from guessing.
said-headers = Your browser sent too many cookies
said-headers-text = Delete the cookies of this site, then open the page again.
said-fault = Something went wrong on our side
said-fault-text = It is not your fault and nothing of yours was lost. Try again; if it happens again, tell an administrator the reference below.
said-store-down = Signing in is not possible right now
said-store-down-text = The database does not answer. Nothing of yours is lost.
said-not-for-you = This page is not for you right now
said-not-for-you-text = It does not apply to how you are signed in.
said-not-signed-in = You are not signed in
said-not-signed-in-text = Too many answers did not fit. Start again.
said-no-way = Signing in is not possible this way
said-no-way-text = One of the steps cannot be carried out. Tell an administrator the reference below.
said-start-again = Start again
said-ended-one = Signed out there.
said-ended-others = Signed out everywhere else.
said-unknown-device = Unknown device
said-username = Username
said-email = Email
said-too-many = Too many tries
said-open-too-long = This page was open too long, so nothing was sent. Please start again.
said-not-current = This is not your current password. Type it again.
said-cannot-go-on = You cannot go on here
said-cannot-go-on-text = An administrator has decided so. Ask them if you think that this is wrong.
said-no-invitation = This invitation does not work
said-no-invitation-text = It is too old, was used already, or is for something else. Ask for a new one.
said-not-written = Your account was not saved
said-not-written-text = Perhaps the name was taken a moment ago. Start again.
said-signed-in-already = You are signed in already
said-signed-in-already-text = This makes a new account. Sign out first if that is what you want.
said-too-much = That was too much
said-too-much-text = More was filled in than these steps can keep. Start again with less.
said-no-device = You need a second way to confirm that it is you
said-no-device-text = This sign-in asks for one, and you have none that counts here. An administrator can help.
said-no-address = Passkeys do not work here yet
said-no-address-text = They need a public address with a name. An administrator can set it.
said-codes-used-up = Your recovery codes are used up
said-codes-used-up-text = You have no other way to confirm that it is you. An administrator can help.
said-unreadable-address = It cannot be told where you are
said-unreadable-address-text = This sign-in stays in one place, and a proxy on the way says yours in a form that cannot be read. Tell an administrator.
said-stale = Sign in once more
said-stale-text = Before you change how you sign in, confirm that it is really you.
said-confirm-you = Confirm that it is you
said-enter-code = Enter the code.
said-wrong-code = The code does not fit, or it was used before. The clock of your device must be right; a new code comes every 30 seconds.
said-passkey-refused = The passkey was not accepted.
said-passkey-refused-text = The passkey was not accepted. Perhaps it was removed, or it belongs to another account.
said-code-or-passkey = Enter a code, or use a passkey.
said-too-many-dot = Too many tries.
said-passkey-not-made = Registration failed. Please try again.
said-passkey-kind = Invalid device type. Contact your administrator for help.
said-consent-again = The question is a new one. Please answer it.
said-one-more-step = One more step.
said-continue = Continue
said-delete-text = Your account and everything that belongs to it here will be deleted. This cannot be undone.
said-delete = Delete my account
said-recovery-codes = Recovery codes
said-authenticator-app = Authenticator app
said-passkey = Passkey
said-renamed = The name is saved.
said-removed = It is removed and signs nobody in any more.
said-unnamed = A name has 1 to 64 characters. Nothing was changed.
said-gone = It was not there any more.
said-profile = Profile
said-profile-text = Your name, your address and your language.
said-password = Password
said-password-text = What you sign in with.
said-account = Account
said-account-text = Ends your account here, for good.
said-change = Change
said-delete-word = Delete
said-as-browser = As the browser says
said-changed-meanwhile = What you may open was changed just now. Open the page again.
said-unknown-host = Nothing is set up at this address
said-unknown-host-text = The reverse proxy asked about “{ $host }”, and no application of the embedded outpost has this host. An administrator can set it as the external host of a provider.
said-link-dead = This link does not work any more
said-link-cut-off = The link is too old or was cut off. Open the application again.
said-link-spent = It was used before, it is too old, or the password was changed since. Ask for a new one: doorward recovery-link
said-wrong-credentials = These credentials are not right
said-wrong-credentials-text = The request carried a user name with an app password, or a token, and they do not fit. Use an app password that is still valid, or sign in.
said-goes-round = The application leads back here
said-goes-round-text = The internal host of { $app } is Doorward itself. An administrator has to set it to the address of the application.
said-unreachable = The application does not answer
said-unreachable-text = You are signed in, but { $app } could not be reached. If this stays so, tell whoever runs it.
said-try-again = Try again
said-no-end = Signing in does not come to an end
said-no-end-text = Signing in to { $app } at { $host } did not come to an end. Most often the browser does not keep the cookies of this site, or the clocks of browser and server disagree.
said-address-not-known = The public address is not known
said-address-not-known-text = Doorward cannot tell where its sign-in page is. Set DOORWARD_BASE_URL, or base_url in the system settings, or authentik_host of the embedded outpost.
said-set-up-unfinished = The set-up is not finished
said-not-set-up = Doorward is not set up yet
said-wrong-set-up-link = This set-up link is not right
said-where-to-look = Whoever installed it finds the link in the log, in the line with “initial setup”, or by running: doorward setup-link
said-passwords-differ = The two passwords differ. Type both again.
said-whole-address = Write the address without a path, like https://auth.example.com.
said-name-length = Use 1 to 150 characters.
said-whole-email = Write the whole address, like mia@example.com.
said-password-short = Use at least 8 characters.
said-password-long = Use at most 1024 bytes.
said-form-unreadable = This form could not be read
said-form-unreadable-text = Open the page again and repeat the last step.
said-rule-length = At least 8 characters; longer is better than complicated.
said-rule-anything = Anything goes: spaces, sentences, what your password manager suggests.
said-users = Users
said-applications = Applications
said-flows = Flows
said-store = Store
said-sqlite-answers = SQLite answers.
said-postgres-answers = PostgreSQL answers.
said-public-address = Public address
said-nothing-bound = Nothing is bound, and applications are closed unless something is.
said-any-binding = One of the bindings has to let the account in; none does.
said-all-bindings = All of the bindings have to let the account in.
said-binding-group = Binding { $order } lets in a group of which this account is no member.
said-binding-not-group = Binding { $order } keeps out the members of “{ $name }”.
said-binding-other = Binding { $order } lets in another account.
said-binding-not-user = Binding { $order } keeps out this account.
said-binding-failed = Binding { $order } asks the policy “{ $name }”, which failed ({ $failure }); its failure result is no.
said-binding-no = Binding { $order } asks the policy “{ $name }”, which says no.
said-rule-failed = A rule could not be evaluated.
said-not-allowed-here = These answers are not allowed here.
said-required = This field is required.
said-blank = This field may not be blank.
said-control = Control characters are not allowed.
said-null-character = Null characters are not allowed.
said-not-text = Not a valid string.
said-too-short = Ensure this field has at least { $count } characters.
said-too-long = Ensure this field has no more than { $count } characters.
said-no-choice = "{ $text }" is not a valid choice.
said-no-date = Date has wrong format. Use one of these formats instead: YYYY-MM-DD.
said-file-size = Choose a file of at most { $count } KiB.
said-file-unreadable = This file cannot be read.
said-no-integer = A valid integer is required.
said-no-email = Enter a valid email address.
said-differ = Passwords don't match.
said-taken = Username is already taken.
said-weak = Password is too weak.
said-password-old = Password expired { $count } days ago. Please update your password.
said-used-before = You have used this password before. Choose another one.
said-tried-many = You have tried many new passwords. Wait a minute, then try again.
said-breached = This password is known to attackers: it was in { $times } breaches. Choose another one.
said-elsewhere = You cannot sign in from this place or network.
said-too-far = You are too far away from where you signed in last.
said-too-fast = Nobody travels so fast from where you signed in last.
said-opening = Opening { $app }
said-signed-out-of = You have signed out of { $app }
said-sign-out = Sign out
said-welcome = Welcome
said-change-password = Change your password
said-new-password = New password
said-new-password-again = New password again
said-new-password-hint = At least 8 characters. Longer is better than complicated.
said-your-profile = Your profile
said-name = Name
said-language = Language
said-signing-in = Signing in
said-set-up-app = Set up an authenticator app
said-create-passkey = Create a passkey
said-hint-few-words = Use a few words, avoid common phrases.
said-hint-no-symbols = No need for symbols, digits, or uppercase letters.
said-hint-another-word = Add another word or two. Uncommon words are better.
said-hint-common = This is a very common password.
said-hint-top-10 = This is a top-10 common password.
said-hint-top-100 = This is a top-100 common password.
said-hint-one-word = A word by itself is easy to guess.
said-link-changed = It was used before, it is too old, or something about the account changed since.
said-no-mail = No letter can be sent
said-no-mail-text = Mail is not set up here. Ask an administrator for help.
said-somebody-else = Somebody else is signed in here
said-somebody-else-text = This link is for another account. Sign out, then open the link again.
said-reset-password = Reset your password
said-get-mail-codes = Get codes by mail
said-mail-codes = Codes by mail
said-enter-address = Enter an address.
said-wrong-mailed-code = The code does not fit, it was used before, or it is too old.
said-address-known = This address is set up already.
said-no-code = No code can be mailed right now.
said-captcha = Invalid captcha response. Retrying may solve this issue.
said-captcha-silent = The service that keeps robots out does not answer. Try again in a moment, or ask an administrator for help.
said-captcha-missing = Answer the question that keeps robots out, then go on.

## Letters with links

letter-sent = If what you entered fits an account with an email address, a letter with a link is on its way. Open the link on any device to go on.
letter-sent-to = A letter with a link is on its way to { $address }. Open the link on any device to go on.
letter-nothing-came = Nothing arrived? It can take a few minutes. Look among unwanted mail, too.
letter-unsent = We send you a letter with a link. Open the link to go on.
letter-unsent-to = We send a letter with a link to { $address }. Open the link to go on.
letter-send = Send the letter
letter-send-again = Send it again
letter-sent-again = Sent again.
letter-wait = { $minutes ->
    [one] You have asked for many letters. Wait a minute, then ask for another.
   *[other] You have asked for many letters. Wait { $minutes } minutes, then ask for another.
}
link-opened = This link works once. Go on if you asked for it; else close this page, and nothing happens.
link-go-on = Go on

## Codes by mail

code-mailed = A code is on its way to { $address }.
code-from-letter = Code from the letter
code-mail = Mail a code to { $address }
code-mail-again = Mail another code
mailbox-why = When you sign in, we mail you a code. Use an address whose password is not the one you have here.
mailbox-address = Email address
mailbox-send = Mail a code

## What robots pay for

puzzle-why = A moment, please: this keeps robots out.
puzzle-working = Your browser is doing a small piece of work. This takes a moment.
puzzle-wait = { $seconds ->
    [one] Your browser runs no scripts. Wait a second, then go on.
   *[other] Your browser runs no scripts, so it cannot do a small piece of work that keeps robots out. Wait { $seconds } seconds instead, then go on.
}
puzzle-needs-scripts = This step needs JavaScript. Switch it on, or ask an administrator for help.
puzzle-not-there = The service that keeps robots out cannot be reached. Try again in a moment, or ask an administrator for help.
puzzle-go-on = Go on

## What administrators see beside a flow

inspector = Flow inspector: what this run holds
inspector-done = done
inspector-now = now
inspector-next = planned
inspector-known = What it knows
inspector-nothing = Nothing yet.
inspector-run = Run
inspector-close = Start again without this
said-device-unknown = No device waits with this code. Look at the device again, or start anew there.
said-device-in = Your device is signed in
said-device-go-back = You can go back to it now.
said-device-out = The device was not let in
said-device-told-nothing = Nothing was told to it. If you did not expect the question, somebody else may have sent you the code.
said-device-late = This code does not work any more
said-device-start-again = It was used, or is too old. Start again on the device.

mismatch-title = This address is not registered
mismatch-text = { $app } asked to be answered at an address that is not among its redirect addresses. Nothing was sent there.
mismatch-sent = Sent
mismatch-registered = Registered
mismatch-differs = What differs
mismatch-others = Registered as well:
mismatch-expression = (an expression)
mismatch-none = None is registered yet.
mismatch-warning = Whoever answers at this address signs people in with { $app }. Allow it only if you know that it is the application’s.
mismatch-allow = Allow this address
mismatch-sign-in = To allow this address, sign in again first.
said-mismatch-scheme = the scheme (what stands before ://)
said-mismatch-host = the host
said-mismatch-port = the port
said-mismatch-path = the path
said-mismatch-slash = the slash at its end
said-mismatch-query = the query (what follows the ?)
said-mismatch-case = capital letters
said-not-right = This sign-in request is not right
said-mismatch = “{ $name }” asked to be answered at an address that is not registered for it. Nothing was sent there. Tell an administrator the reference below.
said-allowed = The address is allowed
said-go-on-to-app = Go on to the application
said-again-and-again = The application asks again and again
said-again-and-again-text = You are signed in, and the application does not take it. Wait a little, then open it again.
said-token-removed = It is removed and opens nothing any more.
said-token-made-already = This was made already, and its key is shown only once. Remove it and make another.
said-token-name = Write in 1 to 64 characters what it is for.
said-own-devices = Passkeys and codes
said-own-devices-text = What you sign in with beside the password, and your recovery codes.
said-own-sessions = Sessions
said-own-sessions-text = Where you are signed in, and signing out there.
said-own-tokens = Tokens and app passwords
said-own-tokens-text = For apps and programs that cannot show our sign-in page.
said-open = Open
said-taken-back = Taken back. The application has to ask again.
said-access-ended = Ended. The application has to send you through the sign-in again.
said-own-access = Apps with access
said-own-access-text = What apps may know about you, and which get in without asking again.
said-asked = The administrators see that you asked.
said-asked-often = You asked often enough for today. Try again tomorrow.
said-own-saved = Saved.
