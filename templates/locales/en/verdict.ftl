# One message a verdict code: a short name, and the case with what differed.
verdict-valid = Valid
    .detail = The license is valid.
verdict-not-found = License not found
    .detail = No license is known under this key.
verdict-key-malformed = Mistyped key
    .detail = The key was mistyped. Compare it with the original.
verdict-revoked = License revoked
    .detail = This license was revoked.
verdict-suspended = License suspended
    .detail = This license is suspended. Contact your supplier.
verdict-customer-suspended = Customer suspended
    .detail = The customer who holds this license is suspended. Contact your supplier.
verdict-tenant-suspended = Supplier suspended
    .detail = The supplier of this license is suspended.
verdict-pending-validation = Awaiting validation
    .detail = This license still awaits validation.
verdict-pending-approval = Awaiting approval
    .detail = This machine still awaits approval.
verdict-not-yet-effective = Not yet effective
    .detail = This license takes effect on { $date }.
verdict-product-mismatch = Other product
    .detail = This license is for another product.
verdict-version-not-entitled = Version not included
    .detail = This license does not include version { $version }.
verdict-user-mismatch = Other user
    .detail = This license is bound to another user.
verdict-site-mismatch = Other site
    .detail = This license is bound to another site.
verdict-machine-unknown = Machine not activated
    .detail = This machine has not been activated under this license.
verdict-machine-blocked = Machine blocked
    .detail = This machine was blocked. Contact your supplier.
verdict-fingerprint-mismatch = Machine has changed
    .detail = This machine differs too much from the one that was activated: { $components }.
verdict-machine-limit = No machine left
    .detail = { $limit ->
        [one] The only machine this license allows is already in use.
       *[other] { $count } of { $limit } machines are already in use.
    }
verdict-seat-limit = No seat left
    .detail = { $limit ->
        [one] The only seat of this license is already taken.
       *[other] { $count } of { $limit } seats are already taken.
    }
verdict-user-limit = No user left
    .detail = { $limit ->
        [one] The only user this license allows is already registered.
       *[other] { $count } of { $limit } users are already registered.
    }
verdict-lease-expired = Lease expired
    .detail = The time this program may run without contact ended on { $date }.
verdict-check-overdue = Check overdue
    .detail = The program should have checked in by { $date }.
verdict-expired = License expired
    .detail = This license expired on { $date }.
verdict-expired-grace = Expired, in grace
    .detail = This license expired on { $date } and runs in its grace period. Renew it soon.
verdict-maintenance-ended = Maintenance ended
    .detail = Maintenance ended on { $date }; newer versions are not included.
verdict-trial-used = Trial already used
    .detail = The trial of this product was already used on this machine.
verdict-module-missing = Module not included
    .detail = This license does not include the module { $module }.
verdict-payment-overdue = Payment overdue
    .detail = A payment for this license is overdue.
verdict-clock-rollback = Clock set back
    .detail = The clock of this machine was set back.
verdict-meter-limit = Meter used up
    .detail = { $count } of { $limit } units are used up.

# What is wrong with a mistyped key.
key-empty = The key is empty.
key-too-short = The key is too short: { $found } of 25 symbols.
key-too-long = The key is too long: { $found } instead of 25 symbols.
key-bad-symbol = The symbol “{ $symbol }” at place { $position } never occurs in a key.
key-check-failed = A symbol of the key was mistyped, or two were swapped.
