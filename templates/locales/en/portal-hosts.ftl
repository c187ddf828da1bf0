# The names that lead to a portal.
settings-hosts = Host names
settings-hosts-about = Which names lead here, which one stands in e-mails, and what their DNS has to say.
hosts-intro = Everybody finds this portal under these names.
hosts-title = Names that lead here
hosts-host = Host name
hosts-mails = Links in e-mails lead to
hosts-in-mails = In e-mails
hosts-dns = DNS record
hosts-since = Since
hosts-nothing-to-set = Nothing to set
hosts-new = A name of your own
hosts-new-intro = Let the DNS of the name point to the target below, then have the operator add it. The oldest name of your own stands in e-mails.
hosts-kind = Record type
hosts-target = Target
