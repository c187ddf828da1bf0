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

# Com estes um membro escolhe uma senha.
mail-password-choose = Escolher uma senha
mail-invited-subject = { $seller }: você já tem acesso
mail-invited-intro = alguém de { $seller } deu acesso a você. Você entra com { $email } e uma senha, que escolhe aqui:
mail-invited-note = O link vale por { $days } dias e uma única vez. Quem o tiver pode usá-lo, portanto não o repasse a ninguém.
mail-invited-why = Você recebe este e-mail porque { $seller } informou { $email } como endereço de alguém que pode entrar. Se não é você, não é preciso fazer nada: sem senha ninguém entra.
mail-forgotten-subject = Escolha uma nova senha
mail-forgotten-intro = alguém pediu uma nova senha para { $email }. Se foi você, escolha-a aqui; até lá continua valendo a antiga.
mail-forgotten-note = O link vale por { $hours } horas e uma única vez. Quem o tiver pode usá-lo, portanto não o repasse a ninguém.
mail-forgotten-why = Você recebe este e-mail porque alguém o pediu na página de { $seller }. Se não foi você, não é preciso fazer nada: ele foi enviado somente a você, e a sua senha continua a mesma.

# O que aconteceu com o acesso de um membro.
mail-signed-in-subject = Novo acesso à sua conta
mail-signed-in-intro = em { $day }, às { $time }, alguém entrou como { $email } em um navegador ou a partir de uma rede que ainda não tinha sido usada.
mail-signed-in-browser = Navegador: { $browser }
mail-signed-in-address = Endereço: { $address }
mail-changed-subject-password = Sua senha foi alterada
mail-changed-password = a senha de { $email } foi alterada em { $day }, às { $time }.
mail-changed-subject-codes-added = Os códigos de uso único foram ativados
mail-changed-codes-added = desde { $day }, { $time }, é preciso um código de uso único para entrar como { $email }.
mail-changed-subject-codes-removed = Os códigos de uso único foram desativados
mail-changed-codes-removed = desde { $day }, { $time }, não é mais preciso um código de uso único para entrar como { $email }.
mail-access-not-you = Se foi você, ou se você sabe disso, não é preciso fazer nada. Se não, escolha já uma nova senha, o que encerra todas as sessões, e avise-nos.
mail-access-why = Você recebe este e-mail porque { $email } é o endereço de alguém que pode entrar em { $seller }. Ele trata da segurança da conta e não é propaganda.
