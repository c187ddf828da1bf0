# Escolher uma senha por um link.
password-forgotten = Esqueceu a senha?
password-forgotten-intro = Digite o endereço com que você entra. Se ele for conhecido, vai para lá um link para escolher uma nova senha.
password-forgotten-submit = Receber um link por e-mail
password-new = Nova senha
password-choose = Escolher uma senha
password-choose-submit = Definir a senha
team-password-invited = Deixe em branco para enviar um link com que a pessoa escolhe a senha. O link vale por sete dias.
done-password-link-sent = Se o endereço for conhecido, um link está a caminho.
done-password-link-over = Esse link não vale mais. Peça outro aqui.
done-password-chosen = A senha foi definida. Entre com ela.
done-member-invited = A pessoa foi adicionada e convidada por e-mail.
