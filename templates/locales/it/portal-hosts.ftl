# I nomi che portano a un portale.
settings-hosts = Nomi host
settings-hosts-about = Quali nomi portano qui, quale compare nelle e-mail e cosa deve dire il loro DNS.
hosts-intro = Tutti trovano questo portale sotto questi nomi.
hosts-title = Nomi che portano qui
hosts-host = Nome host
hosts-mails = I link nelle e-mail portano a
hosts-in-mails = Nelle e-mail
hosts-dns = Record DNS
hosts-since = Dal
hosts-nothing-to-set = Niente da impostare
hosts-new = Un nome proprio
hosts-new-intro = Fate puntare il DNS del nome alla destinazione qui sotto, poi chiedete al gestore di aggiungerlo. Nelle e-mail compare il nome proprio più vecchio.
hosts-kind = Tipo di record
hosts-target = Destinazione
