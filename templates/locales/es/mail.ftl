# Textos de los correos.
mail-greeting = Hola, { $name }:
mail-greeting-nameless = Hola:
mail-farewell = { $seller }
mail-shop-subject = { $count ->
    [one] Su clave de activación de { $product }
   *[other] Sus { $count } claves de activación de { $product }
}
mail-shop-subject-several = Sus { $count } claves de activación
mail-shop-intro = { $count ->
    [one] gracias por su pedido. Esta es su clave de activación:
   *[other] gracias por su pedido. Estas son sus claves de activación:
}
mail-shop-key = { $product }: { $key }
mail-shop-keep = { $count ->
    [one] Introdúzcala en el programa cuando se la pida y guarde este correo.
   *[other] Introduzca una en el programa cuando se la pida y guarde este correo.
}
mail-shop-order = Pedido { $reference }
mail-own-intro = estas son las claves de activación que guardamos para usted:
mail-own-unasked = Recibe este correo porque alguien pidió sus claves en nuestra página. Si no fue usted, no hay que hacer nada: solo se le enviaron a usted.
