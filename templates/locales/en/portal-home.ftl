# The page that one comes to first.
home-license = License
home-status = Status
home-license-active = Active
home-license-expiring = Expiring
home-license-expired = Expired
home-license-trial = Trial
home-license-pending = Awaiting validation
home-license-suspended = Suspended
home-license-revoked = Revoked
home-key = Key
home-machines = Computers
home-renew = Renew
home-all-licenses = All licenses
home-no-licenses = There are no licenses on this account yet.
home-days-left = Days left: { $count } (until { $day })
home-ended = Ended on { $day }
home-never-ends = Does not end
home-overdue = Overdue payments: { $count }
# Figures
home-payments-waiting = Payments waiting
home-ends-7 = Ending within 7 days
home-ends-30 = Ending within 30 days
home-ends-60 = Ending within 60 days
home-expired = Expired
home-customers-pending = Customers awaiting validation
home-licenses-pending = Licenses awaiting approval
home-registrations-pending = Registrations awaiting approval
home-machines-silent = Silent computers
home-commission = Commission this month
home-jobs-failed = Failed jobs
home-jobs-due = Jobs due now
# What ends next
home-ending = Ending next
home-ending-none = Nothing ends within 30 days.
home-holder = Holder
home-ends = Ends
home-days = Days
home-renewal-link = Renewal link
# Quotas
home-quotas = Your quotas
home-product = Product
home-quota-taken = Taken
home-quota-delegated = Passed on
home-quota-left = Left
# Getting started
home-begin-product = Add a product
home-begin-policy = Say how it is licensed
home-begin-account = Set up how you are paid
home-begin-member = Invite a colleague or an agent
home-begin-license = Issue the first license
home-begin-plugin = Install a payment plugin
home-begin-tenant = Open the first reseller
# The search over everything
search-hint = Type a name, an e-mail address, a tax id, the end of a key, or an id.
search-found = Found for “{ $text }”
search-nothing = Nothing was found for “{ $text }”.
