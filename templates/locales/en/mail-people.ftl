# Mails about registering and signing in.
mail-registered-subject = We received your registration
mail-registered-intro = we received your registration. Somebody will look at it, and you will be told by mail what was decided. Nothing is to be done until then.
mail-registered-why = You get this mail because somebody registered with { $seller } under this address. If it was not you, nothing is to be done.
mail-admitted-subject = Your registration was approved
mail-admitted-intro = welcome: your registration was approved, and you can use what was prepared for you.
mail-admitted-keys = Have my activation keys mailed
mail-sign-in = Sign in here
mail-rejected-subject = Your registration was not approved
mail-rejected-intro = we looked at your registration and could not approve it.
mail-rejected-reason = The reason: { $reason }

# By these a member chooses a password.
mail-password-choose = Choose a password
mail-invited-subject = { $seller }: you have access now
mail-invited-intro = somebody at { $seller } has given you access. You sign in with { $email } and a password, which you choose here:
mail-invited-note = The link is good for { $days } days, and once. Whoever has it can use it, so pass it on to nobody.
mail-invited-why = You get this mail because { $seller } entered { $email } as the address of somebody who may sign in. If that is not you, nothing is to be done: without a password nobody comes in.
mail-forgotten-subject = Choose a new password
mail-forgotten-intro = somebody asked for a new password for { $email }. If it was you, choose one here; until then the old one stays.
mail-forgotten-note = The link is good for { $hours } hours, and once. Whoever has it can use it, so pass it on to nobody.
mail-forgotten-why = You get this mail because somebody asked for it on the page of { $seller }. If it was not you, nothing is to be done: it went to you alone, and your password is the same as before.

# What happened to how a member signs in.
mail-signed-in-subject = New sign-in to your account
mail-signed-in-intro = on { $day } at { $time } somebody signed in as { $email }, in a browser or from a network that was not used before.
mail-signed-in-browser = Browser: { $browser }
mail-signed-in-address = Address: { $address }
mail-changed-subject-password = Your password was changed
mail-changed-password = the password of { $email } was changed on { $day } at { $time }.
mail-changed-subject-codes-added = One-time codes were switched on
mail-changed-codes-added = since { $day }, { $time }, signing in as { $email } asks for a one-time code.
mail-changed-subject-codes-removed = One-time codes were switched off
mail-changed-codes-removed = since { $day }, { $time }, signing in as { $email } asks for no one-time code any more.
mail-access-not-you = If it was you, or you know of it, nothing is to be done. If not, choose a new password at once, which ends every session, and tell us.
mail-access-why = You get this mail because { $email } is the address of somebody who may sign in at { $seller }. It is about the safety of the account and is no advertising.
