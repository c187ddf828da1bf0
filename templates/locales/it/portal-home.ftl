# The page that one comes to first.
home-license = Licenza
home-status = Stato
home-license-active = Attiva
home-license-expiring = In scadenza
home-license-expired = Scaduta
home-license-trial = Demo
home-license-pending = In attesa di convalida
home-license-suspended = Sospesa
home-license-revoked = Revocata
home-key = Chiave
home-machines = Computer
home-renew = Rinnova
home-all-licenses = Tutte le licenze
home-no-licenses = Non ci sono ancora licenze in questo account.
home-days-left = Giorni rimasti: { $count } (fino al { $day })
home-ended = Scaduta il { $day }
home-never-ends = Non scade
home-overdue = Pagamenti scaduti: { $count }
# Figures
home-payments-waiting = Pagamenti in attesa
home-ends-7 = In scadenza entro 7 giorni
home-ends-30 = In scadenza entro 30 giorni
home-ends-60 = In scadenza entro 60 giorni
home-expired = Scadute
home-customers-pending = Clienti in attesa di convalida
home-licenses-pending = Licenze in attesa di approvazione
home-registrations-pending = Registrazioni in attesa di approvazione
home-machines-silent = Computer silenziosi
home-commission = Provvigione di questo mese
home-jobs-failed = Lavori non riusciti
home-jobs-due = Lavori in coda
# What ends next
home-ending = Prossime scadenze
home-ending-none = Nulla scade entro 30 giorni.
home-holder = Titolare
home-ends = Scade il
home-days = Giorni
home-renewal-link = Link di rinnovo
# Quotas
home-quotas = Le sue quote
home-product = Prodotto
home-quota-taken = Usato
home-quota-delegated = Delegato
home-quota-left = Disponibile
# Getting started
home-begin-product = Aggiunga un prodotto
home-begin-policy = Definisca come si concede in licenza
home-begin-account = Configuri come riceve i pagamenti
home-begin-member = Inviti un collega o un agente
home-begin-license = Emetta la prima licenza
home-begin-plugin = Installi un plugin di pagamento
home-begin-tenant = Apra il primo rivenditore
# The search over everything
search-hint = Scriva un nome, un'e-mail, una partita IVA, la fine di una chiave o un id.
search-found = Trovato per “{ $text }”
search-nothing = Non è stato trovato nulla per “{ $text }”.
