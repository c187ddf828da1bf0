# Uma mensagem por código de veredito: nome curto e o caso com o que divergiu.
verdict-valid = Válida
    .detail = A licença é válida.
verdict-not-found = Licença não encontrada
    .detail = Nenhuma licença corresponde a esta chave.
verdict-key-malformed = Chave digitada errada
    .detail = A chave foi digitada errada. Compare com a original.
verdict-revoked = Licença revogada
    .detail = Esta licença foi revogada.
verdict-suspended = Licença suspensa
    .detail = Esta licença está suspensa. Fale com o seu fornecedor.
verdict-customer-suspended = Cliente suspenso
    .detail = O cliente que possui esta licença está suspenso. Fale com o seu fornecedor.
verdict-tenant-suspended = Fornecedor suspenso
    .detail = O fornecedor desta licença está suspenso.
verdict-pending-validation = Aguardando validação
    .detail = Esta licença ainda aguarda validação.
verdict-pending-approval = Aguardando aprovação
    .detail = Esta máquina ainda aguarda aprovação.
verdict-not-yet-effective = Ainda não vigente
    .detail = Esta licença passa a valer em { $date }.
verdict-product-mismatch = Outro produto
    .detail = Esta licença é de outro produto.
verdict-version-not-entitled = Versão não incluída
    .detail = Esta licença não inclui a versão { $version }.
verdict-user-mismatch = Outro usuário
    .detail = Esta licença está vinculada a outro usuário.
verdict-site-mismatch = Outra unidade
    .detail = Esta licença está vinculada a outra unidade.
verdict-machine-unknown = Máquina não ativada
    .detail = Esta máquina não foi ativada com esta licença.
verdict-machine-blocked = Máquina bloqueada
    .detail = Esta máquina foi bloqueada. Fale com o seu fornecedor.
verdict-fingerprint-mismatch = A máquina mudou
    .detail = Esta máquina está muito diferente da que foi ativada: { $components }.
verdict-machine-limit = Sem máquinas disponíveis
    .detail = { $limit ->
        [one] A única máquina permitida por esta licença já está em uso.
       *[other] { $count } de { $limit } máquinas já estão em uso.
    }
verdict-seat-limit = Sem vagas disponíveis
    .detail = { $limit ->
        [one] A única vaga desta licença já está ocupada.
       *[other] { $count } de { $limit } vagas já estão ocupadas.
    }
verdict-user-limit = Sem usuários disponíveis
    .detail = { $limit ->
        [one] O único usuário permitido por esta licença já está registrado.
       *[other] { $count } de { $limit } usuários já estão registrados.
    }
verdict-lease-expired = Prazo sem contato encerrado
    .detail = O prazo para este programa funcionar sem contato terminou em { $date }.
verdict-check-overdue = Verificação atrasada
    .detail = O programa deveria ter feito a verificação até { $date }.
verdict-expired = Licença expirada
    .detail = Esta licença expirou em { $date }.
verdict-expired-grace = Expirada, em carência
    .detail = Esta licença expirou em { $date } e está no período de carência. Renove em breve.
verdict-maintenance-ended = Manutenção encerrada
    .detail = A manutenção terminou em { $date }; versões mais novas não estão incluídas.
verdict-trial-used = Avaliação já utilizada
    .detail = A avaliação deste produto já foi utilizada nesta máquina.
verdict-module-missing = Módulo não incluído
    .detail = Esta licença não inclui o módulo { $module }.
verdict-payment-overdue = Pagamento em atraso
    .detail = Há um pagamento em atraso desta licença.
verdict-clock-rollback = Relógio atrasado
    .detail = O relógio desta máquina foi atrasado.
verdict-meter-limit = Consumo esgotado
    .detail = { $count } de { $limit } unidades já foram consumidas.

# O que há de errado com uma chave mal digitada.
key-empty = A chave está vazia.
key-too-short = A chave é curta demais: { $found } de 25 símbolos.
key-too-long = A chave é longa demais: { $found } em vez de 25 símbolos.
key-bad-symbol = O símbolo “{ $symbol }” na posição { $position } nunca aparece em uma chave.
key-check-failed = Um símbolo da chave foi digitado errado, ou dois foram trocados.
