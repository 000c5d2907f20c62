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
sign-out-of-device = Cerrar sesión: { $device }, { $address }
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

## What several pages say

background = Fondo
please-check = Compruebe esto
optional = (opcional)
deliver-title = Volver a la aplicación
deliver-text = Ha iniciado sesión. Continúe hacia { $host }.
continue = Continuar
confirm = Confirmar
save = Guardar
later = Más tarde
not-now = Ahora no
name = Nombre
email = Correo electrónico
instant = { $day }/{ $month }/{ $year }, { $hour }:{ $minute } UTC
browser-on-system = { $browser } en { $system }

## Where somebody may not go

no-access-to = Sin acceso a { $app }
cannot-open = No puede abrir { $app }
may-not-open = Ha iniciado sesión como { $name }, y esta cuenta no puede abrir { $app }.
ask-with-reference = Si la necesita, pídala a un administrador e indíquele la referencia.
why = Por qué
only-administrators = Solo los administradores ven esto.
see-every-step = Ver cada paso
back-to-applications = Volver a mis aplicaciones
use-other-account = Usar otra cuenta

## The devices, and setting them up

how-you-sign-in = Cómo inicia sesión
beside-password = Además de su contraseña. Con dos de estos medios no se queda fuera si pierde uno.
first-confirm = Para cambiar algo aquí, confirme primero que es usted.
sign-in-once-more = Iniciar sesión otra vez
synced = también en sus otros dispositivos
codes-left = { $count ->
    [one] queda { $count }
   *[other] quedan { $count }
}
never-used = Nunca usado
set-up-at = Configurado { $time }
name-of = de { $name }
rename = Cambiar nombre
rename-it = Cambiar nombre de { $name }
remove = Quitar
remove-it = Quitar { $name }
nothing-yet = Nada todavía
password-is-enough = Quien conozca su contraseña puede iniciar sesión como usted.
add = Añadir
for-account = para { $username }
scan-this = Abra una aplicación de autenticación en su teléfono y escanee este código.
qr-code = Código QR para su aplicación
on-this-device = ¿En este dispositivo?
open-your-app = Abra su aplicación
or-type-key = , o escriba en ella esta clave:
enter-digits = { $count ->
    [one] Escriba el dígito que muestra la aplicación ({ $count }).
   *[other] Escriba los { $count } dígitos que muestra la aplicación.
}
code-from-app = Código de su aplicación
write-codes-down = Anote estos códigos o imprima esta página, y guárdelos junto a su pasaporte. Si se queda sin teléfono, con uno de ellos inicia sesión. Cada uno sirve una vez.
codes-shown-once = Solo se muestran ahora. Una lista anterior deja de servir en cuanto continúe.
have-codes = Los tengo
about-passkeys = Con una llave de acceso inicia sesión con el dedo, la cara o un PIN, en este dispositivo o con una llave de seguridad. Ninguna página falsa puede robarla.
create-passkey = Crear una llave de acceso
make-needs-script = Una llave de acceso solo se puede crear con JavaScript activado.
passkey-taken = Este dispositivo ya tiene una llave de acceso para usted.
passkey-failed = Error. Pruebe otra vez.
use-passkey = Usar una llave de acceso
use-needs-script = Una llave de acceso solo se puede usar con JavaScript activado.
use-recovery-code = Usar un código de recuperación
recovery-code = Código de recuperación
works-once = Cada uno sirve una vez.
continue-with-code = Continuar con este código
choose-how = Antes de continuar, elija cómo quiere confirmar a partir de ahora que es usted.

## The question before an application

answer-again = Responda de nuevo
the-application = La aplicación
app-will-know = { $app } sabrá que es usted.
app-registered-itself = { $app } se ha registrado aquí por sí misma. Nadie aquí ha comprobado lo que dice de sí.
app-website = Sitio web
app-policy = Privacidad
app-terms = Condiciones de uso
app-will-know-more = { $app } sabrá que es usted, y además:
new-permission = (nuevo)
allow = Permitir
do-not-allow = No permitir
device-code-title = Lo que muestra el dispositivo
device-code = Código que muestra el dispositivo
device-code-hint = Ocho letras. Están en la pantalla del dispositivo.
device-question = ¿Deja entrar a este dispositivo?
device-wants = Un dispositivo quiere usar { $app } en su nombre. Siga solo si lo tiene delante y muestra este código.
device-code-shown = Código
device-asks-from = Pregunta desde
device-from-unknown = No se sabe desde dónde pregunta.
device-allow = Dejar entrar al dispositivo
device-deny = No dejarlo entrar

## What people change about themselves

your-account = Su cuenta
back-to-account = Su cuenta
your-tokens = Claves y contraseñas de aplicación
tokens-lead = Una contraseña de aplicación le permite entrar donde una aplicación no puede mostrar nuestra página de inicio de sesión: correo, calendario, unidad de red. Con una clave, un programa usa la API en su nombre. Dé a cada aplicación la suya, así podrá retirarlas una a una.
token-app-password = Contraseña de aplicación
token-api = Clave para la API
ends-at = Termina el { $time }
ends-never = No termina por sí sola
made-at = Creada el { $time }
no-tokens = Todas sus aplicaciones usan nuestra página de inicio de sesión.
new-token = Crear una nueva
what-for = ¿Para qué es?
what-for-hint = Para reconocerla: «Calendario del móvil».
what-it-opens = Qué abre
opens-apps = Las aplicaciones que piden un usuario y una contraseña
opens-api = La API, con todo lo que usted puede hacer
how-long = ¿Durante cuánto tiempo?
days-long = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
make-it = Crear
token-made = «{ $name }» está lista
token-shown-once = Cópiela ahora. Solo se muestra esta vez.
token-username = Usuario
token-key = Clave
apps-with-access = Aplicaciones con acceso
may-know = Puede conocer:
no-access-yet = Cuando una aplicación pida saber algo de usted y usted acepte, aparecerá aquí.
apps-stay = Aplicaciones que mantienen la sesión
apps-stay-lead = Entran en su nombre sin volver a preguntar.
in-places = { $count ->
    [one] En { $count } lugar
   *[other] En { $count } lugares
}
since-until = Desde el { $since }, hasta el { $until }
since-for-good = Desde el { $since }, hasta que lo retire
end-access = Terminar
end-access-of = Terminar el acceso de { $app }
what-you-allowed = Lo que ha permitido
what-you-allowed-lead = Al retirarlo termina también el acceso de la aplicación.
take-back = Retirar
take-back-from = Retirar lo que se permitió a { $app }
language-and-look = Idioma y aspecto
as-browser-says = Como mi navegador
theme = Claro u oscuro
as-device-says = Como mi dispositivo
theme-light = Claro
theme-dark = Oscuro
your-data = Sus datos
your-data-lead = Todo lo que hay guardado aquí sobre usted, sin contraseñas ni claves, en un archivo JSON.
download-data = Descargar mis datos
favourites = Favoritas
opened-last = Abiertas hace poco
all-others = Todas las demás
favourite-it = Favorita: { $name }
open-it = Abrir
ask-for-access = Pedir acceso
ask-lead = Todavía no puede abrir estas.
ask-for = Pedir { $app }
what-need-it-for = ¿Para qué la necesita?
send-request = Pedir

## Signing out

sign-out-question = ¿Cerrar sesión?
signed-in-as = Ha iniciado sesión como { $name }.
sign-out-choice = Puede cerrar la sesión solo en { $app } o en todo lo que abrió desde aquí.
signs-out-everywhere = Esto cierra su sesión aquí y en todas las aplicaciones que abrió desde aquí.
sign-out-of-app = Cerrar sesión en { $app }
sign-out-of-all = Cerrar sesión en todo
stay-signed-in = Mantener la sesión
signing-out = Cerrando la sesión
apps-are-told = Se informa a las aplicaciones de que ha cerrado la sesión. Tardará un momento.
signed-out = Sesión cerrada
you-are-signed-out = Ha cerrado la sesión
of-app = en { $app }
others-stay-open = Sus otras aplicaciones siguen abiertas.
signed-out-everywhere = Ha cerrado la sesión aquí y en todas las aplicaciones que abrió desde aquí. En un ordenador compartido, cierre también el navegador.
sign-in-again = Iniciar sesión de nuevo

## The first run, and ways back in

set-up = Configuración
set-up-brand = Configurar { $brand }
one-page = Una página y habrá iniciado sesión como administrador.
address = Dirección
administrator = Administrador
public-address = Dirección pública
address-hint = Lo que se escribe para llegar aquí, con https. Se ha tomado de la dirección de su navegador.
address-unknown = { $brand } aún no sabe en qué dirección se abre. Hasta entonces nadie puede iniciar sesión en una aplicación.
user-name = Nombre de usuario
full-name = Nombre completo
type-again = Lo que escribió no se ha conservado. Escríbalo de nuevo, las dos veces.
password-again = Contraseña otra vez
finish = Terminar
sign-in-by-link = Iniciar sesión con enlace
sign-in-as = ¿Iniciar sesión como { $username }?
link-works-once = Este enlace sirve una vez y no cambia la contraseña. Un administrador pone una nueva, por ejemplo con esta orden:

## The administration

works = Funciona
api-description = Su descripción (OpenAPI)
api-version = Versión 3, como la de authentik.
api-token = Use la sesión de este navegador o envíe un token:
api-addresses = Direcciones
api-address = Dirección
api-methods = Qué hace
api-nothing = Aquí todavía no hay nada.

## Letters

subject-setup = El correo de { $brand } funciona
subject-password_reset = Cómo volver a su cuenta
subject-account_confirmation = Confirme su dirección para { $brand }
subject-email_otp = Su código para { $brand }
subject-invitation = Tiene una invitación a { $brand }
address-asked = Alguien, esperamos que usted, creó la cuenta { $username } con esta dirección. Abra este enlace para confirmar que es suya:
confirm-address = Confirmar la dirección
address-until = Sirve una vez, hasta { $time }. Si no fue usted, no haga nada: sin el enlace la cuenta sigue cerrada.
your-code = Este es su código para iniciar sesión como { $username }:
code-until = Sirve una vez, hasta { $time }. Si no está iniciando sesión ahora, otra persona conoce su contraseña: cámbiela.
invited = Se le invita a crear una cuenta. Abra este enlace:
make-account = Crear una cuenta
invited-until = Sirve hasta { $time }.
invited-not-you = Si no sabe de qué se trata, no haga nada.
hello = Hola, { $name }:
mail-arrives = Este mensaje muestra que el correo de { $brand } llega. No hay nada que hacer.
way-back-asked = Alguien, esperamos que usted, pidió recuperar el acceso a la cuenta { $username }. Abra este enlace para iniciar sesión una vez y poner una contraseña nueva:
sign-in-once = Iniciar sesión una vez
way-back-until = Sirve hasta { $time }. Si no lo pidió, no haga nada: sin el enlace no cambia nada.

## Sentences of the program: found by their English text, so that key and text are said in one place

said-sign-in = Iniciar sesión
said-username-or-email = Usuario o correo electrónico
said-check-both = Compruebe el usuario y la contraseña. Se comprueban juntos, así que no podemos decir cuál es incorrecto.
said-expired = Esta página estuvo abierta demasiado tiempo, así que no se envió nada. Inicie sesión de nuevo.
said-moved = Se cerró su sesión porque su red o su lugar ha cambiado. Inicie sesión de nuevo.
said-not-this-model = Aquí no se permiten llaves de acceso ni llaves de seguridad de este modelo. Use otra o pregunte a un administrador cuáles se permiten.
said-set-one-up-and-return = Aquí se pide una y usted no tiene ninguna que cuente. Configure una y vuelva después.
said-set-one-up = Configurar una
said-no-source = Otra parte tendría que decir quién es usted y no se le puede preguntar. Avise a un administrador.
said-knows-profile = Su nombre, su nombre de usuario y sus grupos
said-knows-email = Su dirección de correo electrónico
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
said-username = Nombre de usuario
said-email = Correo electrónico
said-too-many = Demasiados intentos
said-open-too-long = Esta página estuvo abierta demasiado tiempo, así que no se envió nada. Empiece de nuevo.
said-not-current = Esta no es su contraseña actual. Escríbala de nuevo.
said-cannot-go-on = No puede continuar aquí
said-cannot-go-on-text = Un administrador lo ha decidido así. Pregúntele si cree que es un error.
said-no-invitation = Esta invitación no sirve
said-no-invitation-text = Es demasiado antigua, ya se usó o es para otra cosa. Pida una nueva.
said-not-written = Su cuenta no se ha guardado
said-not-written-text = Quizá el nombre se acaba de ocupar. Empiece de nuevo.
said-signed-in-already = Ya ha iniciado sesión
said-signed-in-already-text = Esto crea una cuenta nueva. Cierre antes la sesión si es lo que desea.
said-too-much = Era demasiado
said-too-much-text = Se ha rellenado más de lo que estos pasos pueden guardar. Empiece de nuevo con menos.
said-no-device = Necesita un segundo medio para confirmar que es usted
said-no-device-text = Este inicio de sesión pide uno, y no tiene ninguno que valga aquí. Un administrador puede ayudarle.
said-no-address = Las llaves de acceso aún no funcionan aquí
said-no-address-text = Necesitan una dirección pública con un nombre. Un administrador puede ponerla.
said-codes-used-up = Sus códigos de recuperación están agotados
said-codes-used-up-text = No tiene otra forma de confirmar que es usted. Un administrador puede ayudarle.
said-unreadable-address = No se puede saber dónde está
said-unreadable-address-text = Este inicio de sesión queda en un lugar, y un proxy en el camino indica el suyo de una forma que no se puede leer. Avise a un administrador.
said-stale = Inicie sesión otra vez
said-stale-text = Antes de cambiar cómo inicia sesión, confirme que es realmente usted.
said-confirm-you = Confirme que es usted
said-enter-code = Escriba el código.
said-wrong-code = El código no coincide o ya se usó. El reloj de su dispositivo debe ir bien; cada 30 segundos llega un código nuevo.
said-passkey-refused = La llave de acceso no se ha aceptado.
said-passkey-refused-text = La llave de acceso no se ha aceptado. Quizá se quitó o pertenece a otra cuenta.
said-code-or-passkey = Escriba un código o use una llave de acceso.
said-too-many-dot = Demasiados intentos.
said-passkey-not-made = El registro ha fallado. Inténtelo de nuevo.
said-passkey-kind = Este tipo de dispositivo no se permite. Pregunte a un administrador.
said-consent-again = La pregunta es nueva. Respóndala, por favor.
said-one-more-step = Un paso más.
said-continue = Continuar
said-delete-text = Su cuenta y todo lo que le pertenece aquí se eliminará. No se puede deshacer.
said-delete = Eliminar mi cuenta
said-recovery-codes = Códigos de recuperación
said-authenticator-app = Aplicación de autenticación
said-passkey = Llave de acceso
said-renamed = El nombre se ha guardado.
said-removed = Se ha quitado y ya no sirve para iniciar sesión.
said-unnamed = Un nombre tiene de 1 a 64 caracteres. No se ha cambiado nada.
said-gone = Ya no estaba.
said-profile = Perfil
said-profile-text = Su nombre, su dirección y su idioma.
said-password = Contraseña
said-password-text = Con lo que inicia sesión.
said-account = Cuenta
said-account-text = Termina su cuenta aquí, para siempre.
said-change = Cambiar
said-delete-word = Eliminar
said-as-browser = Como diga el navegador
said-changed-meanwhile = Lo que puede abrir acaba de cambiar. Abra la página de nuevo.
said-unknown-host = No hay nada configurado en esta dirección
said-unknown-host-text = El proxy inverso preguntó por «{ $host }», y ninguna aplicación del puesto integrado tiene ese host. Un administrador puede ponerlo como host externo de un proveedor.
said-link-dead = Este enlace ya no sirve
said-link-cut-off = El enlace es demasiado antiguo o está cortado. Abra la aplicación de nuevo.
said-link-spent = Ya se usó, es demasiado antiguo o la contraseña cambió desde entonces. Pida uno nuevo: doorward recovery-link
said-wrong-credentials = Estas credenciales no son correctas
said-wrong-credentials-text = La petición llevaba un usuario con una contraseña de aplicación, o un token, y no coinciden. Use una contraseña de aplicación válida o inicie sesión.
said-goes-round = La aplicación vuelve aquí
said-goes-round-text = El host interno de { $app } es el propio Doorward. Un administrador debe poner la dirección de la aplicación.
said-unreachable = La aplicación no responde
said-unreachable-text = Ha iniciado sesión, pero no se pudo acceder a { $app }. Si sigue así, avise a quien la administra.
said-try-again = Intentar de nuevo
said-no-end = El inicio de sesión no termina
said-no-end-text = El inicio de sesión en { $app }, en { $host }, no terminó. Casi siempre el navegador no guarda las cookies de este sitio o los relojes del navegador y del servidor no coinciden.
said-address-not-known = No se conoce la dirección pública
said-address-not-known-text = Doorward no sabe dónde está su página de inicio de sesión. Defina DOORWARD_BASE_URL, base_url en los ajustes del sistema o authentik_host del puesto integrado.
said-set-up-unfinished = La configuración no ha terminado
said-not-set-up = Doorward aún no está configurado
said-wrong-set-up-link = Este enlace de configuración no es correcto
said-where-to-look = Quien lo instaló encuentra el enlace en el registro, en la línea con «initial setup», o con: doorward setup-link
said-passwords-differ = Las dos contraseñas son distintas. Escríbalas de nuevo.
said-whole-address = Escriba la dirección sin ruta, como https://auth.example.com.
said-name-length = Use de 1 a 150 caracteres.
said-whole-email = Escriba la dirección completa, como mia@example.com.
said-password-short = Use al menos 8 caracteres.
said-password-long = Use 1024 bytes como máximo.
said-form-unreadable = No se pudo leer este formulario
said-form-unreadable-text = Abra la página de nuevo y repita el último paso.
said-rule-length = Al menos 8 caracteres; mejor larga que complicada.
said-rule-anything = Vale todo: espacios, frases, lo que sugiera su gestor de contraseñas.
said-users = Usuarios
said-applications = Aplicaciones
said-flows = Flujos
said-store = Base de datos
said-sqlite-answers = SQLite responde.
said-postgres-answers = PostgreSQL responde.
said-public-address = Dirección pública
said-nothing-bound = No hay nada vinculado, y sin vínculos las aplicaciones están cerradas.
said-any-binding = Uno de los vínculos tiene que dejar entrar a la cuenta; ninguno lo hace.
said-all-bindings = Todos los vínculos tienen que dejar entrar a la cuenta.
said-binding-group = El vínculo { $order } deja entrar a un grupo al que esta cuenta no pertenece.
said-binding-not-group = El vínculo { $order } deja fuera a los miembros de «{ $name }».
said-binding-other = El vínculo { $order } deja entrar a otra cuenta.
said-binding-not-user = El vínculo { $order } deja fuera a esta cuenta.
said-binding-failed = El vínculo { $order } pregunta a la política «{ $name }», que falló ({ $failure }); su resultado entonces es no.
said-binding-no = El vínculo { $order } pregunta a la política «{ $name }», que dice no.
said-rule-failed = No se pudo evaluar una regla.
said-not-allowed-here = Estas respuestas no se permiten aquí.
said-required = Este campo es obligatorio.
said-blank = Este campo no puede estar vacío.
said-control = No se permiten caracteres de control.
said-null-character = No se permiten caracteres nulos.
said-not-text = No es un texto válido.
said-too-short = Este campo debe tener al menos { $count } caracteres.
said-too-long = Este campo puede tener como máximo { $count } caracteres.
said-no-choice = «{ $text }» no está entre las opciones.
said-no-date = No es una fecha. Escríbala así: AAAA-MM-DD.
said-file-size = Elija un archivo de { $count } KiB como máximo.
said-file-unreadable = No se puede leer este archivo.
said-no-integer = Se necesita un número entero.
said-no-email = Escriba una dirección de correo válida.
said-differ = Las contraseñas no coinciden.
said-taken = Ese nombre de usuario ya está ocupado.
said-weak = La contraseña es demasiado débil.
said-password-old = La contraseña caducó hace { $count } días. Ponga una nueva.
said-used-before = Ya ha usado esta contraseña antes. Elija otra.
said-tried-many = Ha probado muchas contraseñas nuevas. Espere un minuto y vuelva a intentarlo.
said-breached = Los atacantes conocen esta contraseña: apareció en { $times } filtraciones. Elija otra.
said-elsewhere = No puede iniciar sesión desde este lugar o esta red.
said-too-far = Está demasiado lejos de donde inició sesión la última vez.
said-too-fast = Nadie viaja tan rápido desde donde inició sesión la última vez.
said-opening = Abriendo { $app }
said-signed-out-of = Ha cerrado la sesión en { $app }
said-sign-out = Cerrar sesión
said-welcome = Le damos la bienvenida
said-change-password = Cambiar la contraseña
said-new-password = Contraseña nueva
said-new-password-again = Contraseña nueva otra vez
said-new-password-hint = Al menos 8 caracteres. Mejor larga que complicada.
said-your-profile = Su perfil
said-name = Nombre
said-language = Idioma
said-signing-in = Inicio de sesión
said-set-up-app = Configurar una aplicación de autenticación
said-create-passkey = Crear una llave de acceso
said-hint-few-words = Use varias palabras y evite frases comunes.
said-hint-no-symbols = No hacen falta símbolos, cifras ni mayúsculas.
said-hint-another-word = Añada una o dos palabras más. Mejor si son poco comunes.
said-hint-common = Es una contraseña muy común.
said-hint-top-10 = Es una de las diez contraseñas más comunes.
said-hint-top-100 = Es una de las cien contraseñas más comunes.
said-hint-one-word = Una sola palabra es fácil de adivinar.
said-link-changed = Ya se usó, es demasiado antiguo o algo cambió en la cuenta desde entonces.
said-no-mail = No se puede enviar ningún mensaje
said-no-mail-text = El correo no está configurado aquí. Pida ayuda a la administración.
said-somebody-else = Aquí ha entrado otra persona
said-somebody-else-text = Este enlace es para otra cuenta. Cierre la sesión y ábralo de nuevo.
said-reset-password = Restablecer su contraseña
said-get-mail-codes = Recibir códigos por correo
said-mail-codes = Códigos por correo
said-enter-address = Introduzca una dirección.
said-wrong-mailed-code = El código no es correcto, ya se usó o es demasiado antiguo.
said-address-known = Esta dirección ya está configurada.
said-no-code = Ahora no se puede enviar ningún código.
said-captcha = Eso no fue suficiente. Inténtelo de nuevo.
said-captcha-silent = El servicio que aparta a los robots no responde. Inténtelo de nuevo en un momento o pida ayuda a un administrador.
said-captcha-missing = Responda a la pregunta que aparta a los robots y continúe.

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

## Códigos por correo

code-mailed = Un código está en camino a { $address }.
code-from-letter = Código del mensaje
code-mail = Enviar un código a { $address }
code-mail-again = Enviar otro código
mailbox-why = Cuando inicie sesión, le enviaremos un código. Use una dirección cuya contraseña no sea la de aquí.
mailbox-address = Dirección de correo
mailbox-send = Enviar un código

## Lo que pagan los robots

puzzle-why = Un momento, por favor: esto mantiene fuera a los robots.
puzzle-working = Su navegador hace un pequeño trabajo. Tarda un momento.
puzzle-wait = { $seconds ->
    [one] Su navegador no ejecuta scripts. Espere un segundo y continúe.
   *[other] Su navegador no ejecuta scripts y no puede hacer el pequeño trabajo que mantiene fuera a los robots. Espere en su lugar { $seconds } segundos y continúe.
}
puzzle-needs-scripts = Este paso necesita JavaScript. Actívelo o pida ayuda a la administración.
puzzle-not-there = No se puede acceder al servicio que aparta a los robots. Inténtelo de nuevo en un momento o pida ayuda a un administrador.
puzzle-go-on = Continuar

## What administrators see beside a flow

inspector = Inspector: qué contiene este recorrido
inspector-done = hecho
inspector-now = ahora
inspector-next = previsto
inspector-known = Lo que sabe
inspector-nothing = Nada todavía.
inspector-run = Recorrido
inspector-close = Empezar de nuevo sin esta vista
said-device-unknown = Ningún dispositivo espera con este código. Mire de nuevo el dispositivo o empiece allí otra vez.
said-device-in = Su dispositivo ha iniciado sesión
said-device-go-back = Ya puede volver a él.
said-device-out = No se dejó entrar al dispositivo
said-device-told-nothing = No supo nada. Si no esperaba la pregunta, quizá otra persona le envió el código.
said-device-late = Este código ya no sirve
said-device-start-again = Se usó o es demasiado antiguo. Empiece de nuevo en el dispositivo.

mismatch-title = Esta dirección no está registrada
mismatch-text = { $app } pidió la respuesta en una dirección que no está entre sus direcciones de redirección. No se envió nada allí.
mismatch-sent = Enviada
mismatch-registered = Registrada
mismatch-differs = Qué difiere
mismatch-others = También registradas:
mismatch-expression = (una expresión)
mismatch-none = Todavía no hay ninguna registrada.
mismatch-warning = Quien responda en esta dirección inicia sesiones en { $app }. Permítala solo si sabe que es de la aplicación.
mismatch-allow = Permitir esta dirección
mismatch-sign-in = Para permitir esta dirección, inicie sesión de nuevo primero.
said-mismatch-scheme = el esquema (lo que va antes de ://)
said-mismatch-host = el host
said-mismatch-port = el puerto
said-mismatch-path = la ruta
said-mismatch-slash = la barra al final
said-mismatch-query = la consulta (lo que sigue al ?)
said-mismatch-case = las mayúsculas
said-not-right = Esta solicitud de inicio de sesión no es correcta
said-mismatch = «{ $name }» pidió la respuesta en una dirección que no está registrada para ella. No se envió nada allí. Diga a un administrador la referencia de abajo.
said-allowed = La dirección está permitida
said-go-on-to-app = Continuar a la aplicación
said-again-and-again = La aplicación pregunta una y otra vez
said-again-and-again-text = Ha iniciado sesión, pero la aplicación no lo acepta. Espere un poco y ábrala de nuevo.
said-token-removed = Se ha retirado y ya no abre nada.
said-token-made-already = Ya se había creado, y su clave solo se muestra una vez. Retírela y cree otra.
said-token-name = Escriba en 1 a 64 caracteres para qué es.
said-own-devices = Llaves de acceso y códigos
said-own-devices-text = Con qué inicia sesión además de la contraseña, y sus códigos de recuperación.
said-own-sessions = Sesiones
said-own-sessions-text = Dónde tiene sesión abierta, y cerrarla allí.
said-own-tokens = Claves y contraseñas de aplicación
said-own-tokens-text = Para aplicaciones y programas que no pueden mostrar nuestra página de inicio de sesión.
said-open = Abrir
said-taken-back = Retirado. La aplicación tiene que volver a preguntar.
said-access-ended = Terminado. La aplicación tiene que volver a pedirle que inicie sesión.
said-own-access = Aplicaciones con acceso
said-own-access-text = Qué pueden saber de usted las aplicaciones, y cuáles entran sin volver a preguntar.
said-asked = Los administradores ven que lo ha pedido.
said-asked-often = Por hoy ha pedido suficientes veces. Inténtelo mañana.
said-own-saved = Guardado.
