# Los nombres que llevan a un portal.
settings-hosts = Nombres de host
settings-hosts-about = Qué nombres llevan aquí, cuál aparece en los correos y qué tiene que decir su DNS.
hosts-intro = Todos encuentran este portal por estos nombres.
hosts-title = Nombres que llevan aquí
hosts-host = Nombre de host
hosts-mails = Los enlaces de los correos llevan a
hosts-in-mails = En los correos
hosts-dns = Registro DNS
hosts-since = Desde
hosts-nothing-to-set = Nada que configurar
hosts-new = Un nombre propio
hosts-new-intro = Apunte el DNS del nombre al destino de abajo y pida al operador que lo añada. El nombre propio más antiguo aparece en los correos.
hosts-kind = Tipo de registro
hosts-target = Destino
