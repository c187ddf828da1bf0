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
