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
too-many-tries = Too many tries
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

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Sign in
said-username-or-email = Username or email
said-check-both = Check the user name and the password. Both are checked together, so we cannot say which is wrong.
said-expired = This page was open too long, so nothing was sent. Please sign in again.
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
