# Uma mensagem por problema: título, detalhe do caso e o que fazer.
problem-invalid-request = Requisição inválida
    .detail = Não foi possível entender a requisição: um cabeçalho, o caminho ou a consulta está malformado.
    .meaning = Um cabeçalho, o caminho ou a consulta não respeita a sintaxe. Corrija; repetir a mesma requisição dará a mesma resposta.
problem-malformed-json = JSON malformado
    .detail = O corpo não é JSON: o erro está na linha { $line }, coluna { $column }.
    .meaning = O corpo não pôde ser lido como JSON. O detalhe diz onde está o erro.
problem-invalid-utf8 = UTF-8 inválido
    .detail = O corpo não é texto UTF-8.
    .meaning = JSON é texto UTF-8, e o corpo contém bytes que não são.
problem-unauthenticated = Autenticação necessária
    .detail = A requisição não trouxe uma credencial válida.
    .meaning = Envie uma chave de API ou um token de acesso no cabeçalho Authorization: Bearer. A credencial está ausente, expirada, revogada ou pertence a outro host.
problem-credentials-refused = Acesso recusado
    .detail = O e-mail, a senha ou o código de uso único está incorreto.
    .meaning = Não dizemos qual parte está errada, para que ninguém descubra quem tem conta. Depois de várias falhas a conta fica bloqueada por um tempo.
problem-second-factor-needed = Código de uso único necessário
    .detail = Esta conta também exige o código do autenticador.
    .meaning = Envie os seis dígitos do autenticador junto com a senha.
problem-locked-out = Conta bloqueada
    .detail = Muitas tentativas de acesso sem sucesso. Tente novamente mais tarde.
    .meaning = Depois de falhas repetidas a conta fica bloqueada por um tempo, cada vez maior. O cabeçalho Retry-After diz por quanto. Um administrador pode desbloqueá-la.
problem-forbidden = Não permitido
    .detail = O seu perfil não permite isto.
    .meaning = A credencial é válida, mas o perfil ou a lista de permissões não inclui esta operação.
problem-not-found = Não encontrado
    .detail = Não há nada aqui, ou não é seu para ver.
    .meaning = O endereço não leva a nada, ou leva a algo fora da sua parte da árvore. Os dois casos não são distinguidos, de propósito.
problem-unknown-host = Host desconhecido
    .detail = Nenhum locatário é atendido por este nome de host.
    .meaning = O nome de host da requisição não pertence a nenhum locatário desta instalação.
problem-method-not-allowed = Método não permitido
    .detail = Este endereço não conhece este método.
    .meaning = O cabeçalho Allow lista os métodos que o endereço conhece.
problem-already-exists = Já existe
    .detail = Já existe algo com o mesmo código, nome ou endereço.
    .meaning = O valor precisa ser único no lugar onde você o está criando. Escolha outro ou altere o que existe.
problem-state-conflict = Impossível neste estado
    .detail = O que você pede não é possível no estado atual.
    .meaning = O item existe, mas o estado não permite a mudança, por exemplo reativar uma licença revogada. Leia de novo e decida.
problem-in-use = Ainda em uso
    .detail = Outros itens ainda dependem deste.
    .meaning = Não pode ser removido nem alterado enquanto outros itens fizerem referência a ele.
problem-limit-reached = Limite atingido
    .detail = Um limite definido para você foi atingido.
    .meaning = A oferta ou cota sob a qual você trabalha não permite mais. Quem a concedeu pode aumentá-la.
problem-exceeds-own-rights = Além dos seus direitos
    .detail = Você não pode conceder nem alterar mais do que lhe é permitido.
    .meaning = Foi indicado um perfil, uma permissão ou um lugar que vai além dos direitos de quem pede. Ninguém concede mais do que tem.
problem-not-floating = Licença sem assentos flutuantes
    .detail = Esta licença não tem assentos flutuantes.
    .meaning = Só uma licença cujos termos não a prendem a nada tem assentos que se tomam e se devolvem. As demais contam máquinas.
problem-seat-lost = Assento perdido
    .detail = Este assento terminou. Tome outro.
    .meaning = Ninguém manteve o assento antes do fim da concessão, ele foi devolvido ou alguém o retomou. Tome um assento de novo.
problem-deactivation-limit = Desativações demais
    .detail = { $limit ->
        [0] Esta licença não permite desativação pelo programa nem pelo titular.
       *[other] Esta licença permite { $limit } desativações no seu período, e elas se esgotaram.
    }
    .meaning = Os termos permitem um número de desativações por período, para que um assento não circule. next_possible_at diz quando a próxima será possível; quem vendeu a licença pode desativar a máquina a qualquer momento.
problem-offer-withdrawn = Oferta retirada
    .detail = O produto não pode mais ser vendido aqui.
    .meaning = A oferta sob a qual o produto era vendido foi retirada. As licenças existentes continuam válidas.
problem-tree-rule = Impossível na árvore
    .detail = A árvore não permite este lugar.
    .meaning = Cada tipo de nó aceita certos tipos abaixo dele, um nó não pode ficar abaixo de si mesmo e a raiz permanece onde está.
problem-renewal-not-possible = Renovação impossível
    .detail = Esta licença não pode ser renovada.
    .meaning = Os termos ou o estado da licença não deixam nada a renovar.
problem-renewal-key-spent = Chave de renovação já utilizada
    .detail = Esta chave de renovação já foi utilizada ou retirada.
    .meaning = Uma chave de renovação vale uma única vez.
problem-renewal-key-of-another-product = Chave de renovação de outro produto
    .detail = Esta chave de renovação é de outro produto.
    .meaning = Uma chave de renovação renova apenas licenças do seu próprio produto.
problem-answer-lost = Feito, mas sem resposta
    .detail = Uma requisição com esta Idempotency-Key foi executada, mas a resposta se perdeu.
    .meaning = O trabalho foi feito e o servidor parou antes de responder. Leia o estado atual; não repita a requisição com outra chave sem verificar.
problem-request-in-progress = Requisição em andamento
    .detail = Uma requisição com a mesma Idempotency-Key ainda está sendo processada.
    .meaning = Espere um momento e envie a mesma requisição de novo; você receberá a resposta da primeira.
problem-stale-version = Alterado nesse meio-tempo
    .detail = Alguém alterou isto depois que você leu.
    .meaning = O cabeçalho If-Match indica uma versão que já não é a atual. Leia de novo, veja a diferença e envie a mudança com o novo ETag.
problem-request-timeout = Requisição lenta demais
    .detail = O corpo não chegou a tempo.
    .meaning = A conexão foi lenta demais ou parou no meio. Envie a requisição de novo.
problem-body-too-large = Corpo grande demais
    .detail = O corpo pode ter no máximo { $limit } bytes.
    .meaning = Divida a requisição em partes menores.
problem-unsupported-media-type = Tipo de conteúdo não aceito
    .detail = Este endereço aceita { $expected }.
    .meaning = O cabeçalho Content-Type indica um formato que este endereço não lê.
problem-invalid-fields = Campos inválidos
    .detail = { $count ->
        [one] Um campo não é válido.
       *[other] { $count } campos não são válidos.
    }
    .meaning = O membro errors lista cada campo com erro, com um ponteiro JSON, um código estável e uma explicação.
problem-key-malformed = Chave digitada errada
    .detail = A chave está malformada.
    .meaning = Os símbolos de verificação distinguem uma chave mal digitada de uma desconhecida. Compare com a original, símbolo por símbolo.
problem-idempotency-key-reused = Idempotency-Key reutilizada
    .detail = Esta Idempotency-Key já foi usada em outra requisição.
    .meaning = Uma chave pertence a uma única requisição por 24 horas. Use uma chave nova para uma requisição nova.
problem-precondition-required = If-Match obrigatório
    .detail = Envie no cabeçalho If-Match o ETag que você leu.
    .meaning = Alterações precisam da versão em que se baseiam, para que ninguém sobrescreva sem saber o trabalho de outra pessoa.
problem-too-many-requests = Requisições demais
    .detail = { $seconds ->
        [one] Tente novamente em um segundo.
       *[other] Tente novamente em { $seconds } segundos.
    }
    .meaning = O cabeçalho Retry-After diz quando tentar de novo; os cabeçalhos RateLimit, quanto ainda resta.
problem-internal = Erro interno
    .detail = Algo deu errado do nosso lado. O id da requisição leva à causa nos nossos registros.
    .meaning = Isto é um defeito. Informe o id da requisição, no cabeçalho x-request-id, ao relatá-lo.
problem-unavailable = Temporariamente indisponível
    .detail = O serviço não pode responder no momento. Tente novamente em instantes.
    .meaning = O banco de dados ou uma parte necessária não está pronta. O cabeçalho Retry-After diz quando tentar de novo.
problem-refused-meaning = A licença não permite isto agora. O membro verdict diz o que foi decidido e por quê.

problem-page-title = Problemas
problem-page-lead = Todo erro desta interface é um destes. Programas devem decidir pelo código, que nunca muda, e não pelo texto.
problem-page-status = Status HTTP
problem-page-code = Código
problem-page-all = Todos os problemas

# Erros de campos.
field-required = Este campo é obrigatório.
field-unknown = Este campo não é conhecido aqui.
field-wrong-type = Este valor é do tipo errado.
field-too-short = Este valor é curto demais; precisa de pelo menos { $limit } caracteres.
field-too-long = Este valor é longo demais; são permitidos no máximo { $limit } caracteres.
field-invalid = Este valor não é válido.
field-out-of-range = Este valor está fora do intervalo permitido.
field-not-found = Isto se refere a algo que não existe.
