# Mensagens do dialeto dos programas de desktop híbridos.
hybrid-activated = Licença ativada nesta máquina.
hybrid-activated-again = Esta máquina já estava ativada com esta licença.
hybrid-renewed = Licença renovada até { $date }.
hybrid-renewed-permanent = Licença renovada sem data de término.
hybrid-license-not-found = Nenhuma licença foi encontrada para esta máquina.
hybrid-renewal-key-unknown = Esta chave de renovação não é conhecida.
hybrid-renewal-key-used = Esta chave de renovação já foi utilizada.
hybrid-renewal-key-other-product = Esta chave de renovação é de outro produto.
hybrid-renewal-not-possible = Esta licença não pode ser renovada com uma chave de renovação.
hybrid-no-update = Nenhuma versão foi publicada.
hybrid-bad-request = A requisição está incompleta: { $field } está ausente ou não é válido.
hybrid-not-json = A requisição não é um JSON válido.
hybrid-too-many-requests = Requisições demais. Tente novamente mais tarde.
hybrid-unavailable = O servidor de licenças não pode responder no momento. Tente novamente mais tarde.
