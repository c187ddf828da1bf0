# E-mails sobre cadastro e acesso.
mail-registered-subject = Recebemos o seu cadastro
mail-registered-intro = recebemos o seu cadastro. Alguém vai analisá-lo, e você saberá da decisão por e-mail. Até lá não é preciso fazer nada.
mail-registered-why = Você recebe este e-mail porque alguém se cadastrou em { $seller } com este endereço. Se não foi você, não é preciso fazer nada.
mail-admitted-subject = Seu cadastro foi aprovado
mail-admitted-intro = boas-vindas: o seu cadastro foi aprovado, e você já pode usar o que foi preparado para você.
mail-admitted-keys = Receber minhas chaves de ativação por e-mail
mail-sign-in = Entrar aqui
mail-rejected-subject = Seu cadastro não foi aprovado
mail-rejected-intro = analisamos o seu cadastro e não pudemos aprová-lo.
mail-rejected-reason = O motivo: { $reason }
