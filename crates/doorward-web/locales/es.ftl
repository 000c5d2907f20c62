# Spanish. The same keys and variables as in every other file here; a test compares.

## In the head and below every signed-in page

skip-to-page = Ir al contenido
main-navigation = Principal
nav-applications = Aplicaciones
nav-devices = Acceso
nav-sessions = Sesiones
nav-account = Cuenta
nav-administration = Administración
sign-out = Cerrar sesión
language = Idioma
change-language = Cambiar

## The sign-in card

sign-in-to = Iniciar sesión en { $app }
continue-to = para continuar a { $app }
too-many-tries = Demasiados intentos
did-not-work = No ha funcionado
not-you = ¿No es usted?
cancel = Cancelar
password = Contraseña
current-password = Contraseña actual
sign-in-with-passkey = Entrar con una llave de acceso
sign-in-without-password = Entrar sin contraseña
keep-signed-in = Mantener la sesión iniciada
forgot-password = ¿Olvidó la contraseña?
next = Siguiente
new-here = ¿Es nuevo aquí?
create-account = Crear una cuenta
show-password = Mostrar la contraseña
show = Mostrar
hide = Ocultar
wait-then-try = { $seconds ->
    [one] Espere { $seconds } segundo e inténtelo de nuevo.
   *[other] Espere { $seconds } segundos e inténtelo de nuevo.
}
reference = Referencia

## The applications

find-application = Buscar una aplicación
find = Buscar
show-all = Mostrar todo
nothing-matches = Nada coincide con «{ $search }»
no-applications = Todavía no hay aplicaciones
try-shorter = Pruebe una palabra más corta o muéstrelas todas.
appears-here = Cuando un administrador le dé acceso a una, aparecerá aquí.

## The sessions

where-signed-in = Dónde tiene la sesión iniciada
if-unknown = Si no reconoce alguna, ciérrela y pida una contraseña nueva a un administrador.
this-device = Este dispositivo
last-used = Último uso
from-address = desde { $address }
signed-in-at = Iniciada { $time }
opened-there = Abierto desde ella:
sign-out-of-device = Cerrar { $device }, { $address }
sign-out-elsewhere = Cerrar las demás sesiones
just-now = ahora mismo
minutes-ago = { $count ->
    [one] hace { $count } minuto
   *[other] hace { $count } minutos
}
hours-ago = { $count ->
    [one] hace { $count } hora
   *[other] hace { $count } horas
}
days-ago = { $count ->
    [one] hace { $count } día
   *[other] hace { $count } días
}

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Iniciar sesión
said-username-or-email = Usuario o correo electrónico
said-check-both = Compruebe el usuario y la contraseña. Se comprueban juntos, así que no podemos decir cuál es incorrecto.
said-expired = Esta página estuvo abierta demasiado tiempo, así que no se envió nada. Inicie sesión de nuevo.
said-enter-name = Escriba su usuario o su correo electrónico.
said-enter-password = Escriba su contraseña.
said-other-step = Eso era para otro paso. Responda a este.
said-unreadable = Parte del formulario no se pudo leer. Inténtelo de nuevo.
said-go-to-applications = Ir a mis aplicaciones
said-not-found = Esta página no existe
said-not-found-text = Puede que la dirección esté mal escrita o que la página se haya eliminado.
said-forbidden = Su cuenta no puede abrir esta página
said-forbidden-text = Si la necesita, pídala a un administrador e indíquele la referencia de abajo.
said-foreign-form = Este formulario era demasiado antiguo
said-foreign-form-text = Por seguridad no se hizo nada. Abra la página de nuevo y repita el último paso.
said-open-again = Abrir la página de nuevo
said-wrong-method = Esta dirección no se usa así
said-wrong-method-text = Ábrala desde su página.
said-too-large = Era demasiado de una vez
said-too-large-text = Lo enviado es mayor de lo que acepta esta página. Acórtelo y envíelo de nuevo.
said-too-many-text = Esto protege las cuentas de que las adivinen.
said-headers = Su navegador envió demasiadas cookies
said-headers-text = Borre las cookies de este sitio y abra la página de nuevo.
said-fault = Algo ha fallado por nuestra parte
said-fault-text = No es culpa suya y no se ha perdido nada. Inténtelo de nuevo; si se repite, indique a un administrador la referencia de abajo.
said-store-down = Ahora no es posible iniciar sesión
said-store-down-text = La base de datos no responde. No se ha perdido nada.
said-not-for-you = Esta página no es para usted en este momento
said-not-for-you-text = No corresponde a cómo ha iniciado la sesión.
said-not-signed-in = No ha iniciado sesión
said-not-signed-in-text = Demasiadas respuestas no encajaban. Empiece de nuevo.
said-no-way = No es posible iniciar sesión así
said-no-way-text = Uno de los pasos no se puede realizar. Indique a un administrador la referencia de abajo.
said-start-again = Empezar de nuevo
said-ended-one = Sesión cerrada allí.
said-ended-others = Las demás sesiones se han cerrado.
said-unknown-device = Dispositivo desconocido

## Cartas con un enlace

letter-sent = Si lo que ha escrito corresponde a una cuenta con una dirección de correo, un mensaje con un enlace está en camino. Abra el enlace en cualquier dispositivo para continuar.
letter-sent-to = Un mensaje con un enlace está en camino a { $address }. Abra el enlace en cualquier dispositivo para continuar.
letter-nothing-came = ¿No ha llegado nada? Puede tardar unos minutos. Mire también entre el correo no deseado.
letter-unsent = Le enviamos un mensaje con un enlace. Abra el enlace para continuar.
letter-unsent-to = Enviamos un mensaje con un enlace a { $address }. Abra el enlace para continuar.
letter-send = Enviar el mensaje
letter-send-again = Enviar de nuevo
letter-sent-again = Enviado de nuevo.
letter-wait = { $minutes ->
    [one] Han sido muchos mensajes. Espere un minuto antes de pedir otro.
   *[other] Han sido muchos mensajes. Espere { $minutes } minutos antes de pedir otro.
}
link-opened = Este enlace sirve una vez. Continúe si lo ha pedido; si no, cierre esta página y no pasará nada.
link-go-on = Continuar
