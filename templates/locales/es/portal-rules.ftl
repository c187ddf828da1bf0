# What rules say of a field, on pages.
rule-sold-at-no-plan = La licencia se vendió sin plan, por lo que un nuevo período no tiene precio. Consulte al vendedor.
rule-no-such-plan = La licencia no tiene ese plan.
rule-taken = Ya está en uso.
rule-tax-id-unknown = No es un CPF, ni un CNPJ, ni una partita IVA.
rule-cpf-shape = Un CPF tiene 11 dígitos.
rule-cpf-check = Los dígitos de control de este CPF no son correctos.
rule-cnpj-shape = Un CNPJ tiene 12 dígitos o letras y 2 dígitos.
rule-cnpj-check = Los dígitos de control de este CNPJ no son correctos.
rule-piva-shape = Una partita IVA tiene 11 dígitos.
rule-piva-check = El dígito de control de esta partita IVA no es correcto.
