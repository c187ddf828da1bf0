# Os nomes que levam a um portal.
settings-hosts = Domínios
settings-hosts-about = Quais nomes levam até aqui, qual aparece nos e-mails e o que o DNS deles precisa dizer.
hosts-intro = Todos encontram este portal por estes nomes.
hosts-title = Nomes que levam até aqui
hosts-host = Domínio
hosts-mails = Links nos e-mails levam a
hosts-in-mails = Nos e-mails
hosts-dns = Registro DNS
hosts-since = Desde
hosts-nothing-to-set = Nada a configurar
hosts-new = Um nome próprio
hosts-new-intro = Aponte o DNS do nome para o destino abaixo e peça ao operador que o adicione. O nome próprio mais antigo aparece nos e-mails.
hosts-kind = Tipo de registro
hosts-target = Destino
