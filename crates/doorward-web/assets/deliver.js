// Posts the answer to the application; without scripts there is a button for it.
document.getElementById('deliver').submit();
