# The page that one comes to first.
home-license = Licença
home-status = Situação
home-license-active = Ativa
home-license-expiring = Vencendo
home-license-expired = Vencida
home-license-trial = Demonstração
home-license-pending = Aguardando validação
home-license-suspended = Suspensa
home-license-revoked = Revogada
home-key = Chave
home-machines = Computadores
home-renew = Renovar
home-all-licenses = Todas as licenças
home-no-licenses = Ainda não há licenças nesta conta.
home-days-left = Dias restantes: { $count } (até { $day })
home-ended = Venceu em { $day }
home-never-ends = Não vence
home-overdue = Pagamentos em atraso: { $count }
# Figures
home-payments-waiting = Pagamentos pendentes
home-ends-7 = Vencendo em 7 dias
home-ends-30 = Vencendo em 30 dias
home-ends-60 = Vencendo em 60 dias
home-expired = Vencidas
home-customers-pending = Clientes aguardando validação
home-licenses-pending = Licenças aguardando aprovação
home-registrations-pending = Registros aguardando aprovação
home-machines-silent = Computadores sem contato
home-commission = Comissão deste mês
home-jobs-failed = Tarefas com falha
home-jobs-due = Tarefas na fila
# What ends next
home-ending = Próximos vencimentos
home-ending-none = Nada vence em 30 dias.
home-holder = Titular
home-ends = Vence em
home-days = Dias
home-renewal-link = Link de renovação
# Quotas
home-quotas = Suas cotas
home-product = Produto
home-quota-taken = Usado
home-quota-delegated = Repassado
home-quota-left = Disponível
# Getting started
home-begin-product = Adicione um produto
home-begin-policy = Defina como ele é licenciado
home-begin-account = Configure como você recebe
home-begin-member = Convide um colega ou agente
home-begin-license = Emita a primeira licença
home-begin-plugin = Instale um plugin de pagamento
home-begin-tenant = Abra a primeira revenda
# The search over everything
search-hint = Digite um nome, e-mail, CPF ou CNPJ, o fim de uma chave ou um id.
search-found = Resultados para “{ $text }”
search-nothing = Nada foi encontrado para “{ $text }”.
