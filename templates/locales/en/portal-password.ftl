# Choosing a password by a link.
password-forgotten = Forgot your password?
password-forgotten-intro = Enter the address that you sign in with. If it is known, a link goes there by which you choose a new password.
password-forgotten-submit = Have a link mailed
password-new = New password
password-choose = Choose a password
password-choose-submit = Set password
team-password-invited = Leave it empty to mail a link by which the person chooses a password. The link is good for seven days.
done-password-link-sent = If the address is known, a link is on its way there.
done-password-link-over = That link is good no more. Have another one mailed here.
done-password-chosen = The password was set. Sign in with it.
done-member-invited = The person was added, and is invited by mail.
