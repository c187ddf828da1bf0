# What rules say of a field, on pages.
rule-sold-at-no-plan = A licença foi vendida sem plano, por isso um novo período não tem preço. Fale com o vendedor.
rule-no-such-plan = A licença não tem esse plano.
rule-taken = Já está em uso.
rule-tax-id-unknown = Não é um CPF, nem um CNPJ, nem uma partita IVA.
rule-cpf-shape = Um CPF tem 11 dígitos.
rule-cpf-check = Os dígitos verificadores deste CPF não conferem.
rule-cnpj-shape = Um CNPJ tem 12 dígitos ou letras e 2 dígitos.
rule-cnpj-check = Os dígitos verificadores deste CNPJ não conferem.
rule-piva-shape = Uma partita IVA tem 11 dígitos.
rule-piva-check = O dígito verificador desta partita IVA não confere.
