# What mails say.
mail-greeting = Hello { $name },
mail-greeting-nameless = Hello,
mail-farewell = { $seller }
mail-shop-subject = { $count ->
    [one] Your activation key for { $product }
   *[other] Your { $count } activation keys for { $product }
}
mail-shop-subject-several = Your { $count } activation keys
mail-shop-intro = { $count ->
    [one] thank you for your order. This is your activation key:
   *[other] thank you for your order. These are your activation keys:
}
mail-shop-key = { $product }: { $key }
mail-shop-keep = { $count ->
    [one] Enter it in the program when it asks for a key, and keep this mail.
   *[other] Enter one in the program when it asks for a key, and keep this mail.
}
mail-shop-order = Order { $reference }
mail-own-intro = these are the activation keys that we keep for you:
mail-own-unasked = You get this mail because somebody asked for your keys on our page. If it was not you, nothing is to be done: they went to you alone.

# Below every mail about what somebody has bought.
mail-link-note = No sign-in is needed. The link is good for { $days } days, and whoever has it can use it.
mail-help = Questions? { $contact }
mail-help-answer = Questions? Answer this mail.
mail-why = You get this mail because { $seller } keeps this address for { $name }. It is about what { $name } has here and is no advertising.

# Licenses that end.
mail-renewal-subject-ahead = { $product }: the license ends on { $day }
mail-renewal-subject-tomorrow = { $product }: the license ends tomorrow
mail-renewal-subject-today = { $product }: the license ends today
mail-renewal-subject-grace = { $product }: the license ended on { $day }
mail-renewal-subject-over = { $product }: the license has ended
mail-renewal-subject-some-end = { $count } of your licenses end soon
mail-renewal-subject-some-ended = { $count } of your licenses have ended
mail-renewal-intro = { $count ->
    [one] this is about a license that you have with us.
   *[other] this is about { $count } licenses that you have with us.
}
mail-renewal-ahead = { $product } (key ending in { $hint }): the license ends on { $day }, in { $days } days.
mail-renewal-tomorrow = { $product } (key ending in { $hint }): the license ends tomorrow, { $day }, at { $time }.
mail-renewal-today = { $product } (key ending in { $hint }): the license ends today at { $time }.
mail-renewal-grace = { $product } (key ending in { $hint }): the license ended on { $day }. It still works until { $until }; renew it before then and nothing stops.
mail-renewal-over = { $product } (key ending in { $hint }): the license ended on { $day } and no longer works. Renewed, it works again with the same key.
mail-renewal-pay = Renew for { $amount }
mail-renewal-next = Once the payment has come, the license goes on by itself: nothing has to be installed. If you have just paid, there is nothing left to do.
mail-renewal-ask = To renew, answer this mail or speak to us.
mail-renewal-stops = Once the license is renewed no more of these reminders come.

# Money.
mail-pay = Pay { $amount }
mail-paid-subject = We received your payment (receipt { $number })
mail-paid-intro = we received { $amount } for { $what }. Thank you.
mail-paid-until = { $product } (key ending in { $hint }): the license now runs until { $day }.
mail-paid-receipt = Your receipt { $number } (PDF)
mail-refund-subject = { $amount } goes back to you
mail-refund-intro = we gave back { $amount } of what was paid for { $what }. When it shows on your account is up to your bank.
mail-refund-note = Your credit note { $number } (PDF)
mail-deferred-subject = Your order: { $amount } to be paid by { $day }
mail-deferred-intro = your order was accepted on credit and can be used already. { $amount } is to be paid by { $day }.
mail-overdue-subject = Your order of { $amount } was due on { $day }
mail-overdue-intro = { $amount } was to be paid by { $day }, and has not come.
mail-overdue-told = If it is not paid by { $until }, what was ordered can no longer be used from then on.
mail-overdue-suspended = What was ordered cannot be used until it is paid.
mail-overdue-withdrawn = What was ordered was taken back, and the order is closed: nothing is left to pay.

# What a mandate was to collect.
mail-uncollected-subject = { $amount } could not be collected
mail-uncollected-intro = { $amount } for the renewal of your license was to be collected as you permitted, and your bank or card did not pay it.
mail-uncollected-next = It is tried again on { $day }. If you would rather pay by yourself before then, you can do so here:
mail-uncollected-over = It is not tried again. For the license to go on, pay here:
