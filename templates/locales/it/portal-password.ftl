# Scegliere una password con un link.
password-forgotten = Password dimenticata?
password-forgotten-intro = Scriva l'indirizzo con cui accede. Se è noto, vi arriva un link per scegliere una nuova password.
password-forgotten-submit = Ricevere un link per e-mail
password-new = Nuova password
password-choose = Scegliere una password
password-choose-submit = Imposta la password
team-password-invited = La lasci vuota per inviare un link con cui la persona sceglie la password. Il link vale sette giorni.
done-password-link-sent = Se l'indirizzo è noto, un link è in arrivo.
done-password-link-over = Quel link non vale più. Ne chieda un altro qui.
done-password-chosen = La password è stata impostata. Acceda con essa.
done-member-invited = La persona è stata aggiunta e invitata per e-mail.
