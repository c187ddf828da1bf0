# What rules say of a field, on pages.
rule-sold-at-no-plan = The license was sold without a plan, so a further period has no price. Please ask the seller.
rule-no-such-plan = The license has no such plan.
rule-taken = This is taken already.
rule-tax-id-unknown = This is neither a CPF, nor a CNPJ, nor a partita IVA.
rule-cpf-shape = A CPF has 11 digits.
rule-cpf-check = The check digits of this CPF are wrong.
rule-cnpj-shape = A CNPJ has 12 digits or letters and 2 digits.
rule-cnpj-check = The check digits of this CNPJ are wrong.
rule-piva-shape = A partita IVA has 11 digits.
rule-piva-check = The check digit of this partita IVA is wrong.
