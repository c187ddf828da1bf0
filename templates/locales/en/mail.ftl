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
