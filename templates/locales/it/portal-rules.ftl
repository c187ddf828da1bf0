# What rules say of a field, on pages.
rule-sold-at-no-plan = La licenza è stata venduta senza un piano, quindi un altro periodo non ha un prezzo. Chieda al venditore.
rule-no-such-plan = La licenza non ha questo piano.
rule-taken = È già in uso.
rule-tax-id-unknown = Non è un CPF, né un CNPJ, né una partita IVA.
rule-cpf-shape = Un CPF ha 11 cifre.
rule-cpf-check = Le cifre di controllo di questo CPF sono errate.
rule-cnpj-shape = Un CNPJ ha 12 cifre o lettere e 2 cifre.
rule-cnpj-check = Le cifre di controllo di questo CNPJ sono errate.
rule-piva-shape = Una partita IVA ha 11 cifre.
rule-piva-check = La cifra di controllo di questa partita IVA è errata.
