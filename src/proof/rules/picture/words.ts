/**
 * Words of eight languages (English, German, French, Spanish, Portuguese, Italian, Japanese, Chinese), as `toPlainText`
 * writes them. They support what layout, colours and digits say; none passes an image by itself.
 */
export const words = {
  password:
    /\bpa.{0,2}ss ?w[o0]rd|\bpasscode\b|\bpin\b|kennwort|passwort|mot de passe|code confidentiel|contrasena|palavra-passe|\bsenha\b|パスワード|暗証番号|密码|口令|пароль|parola|wachtwoord|haslo/,
  signIn:
    /\bsign[ -]?in\b|\blog ?[io1]n\b|\bunlock\b|anmelde|se connecter|connexion|iniciar sesi.n|\bentrar\b|\baccedi\b|サインイン|ログイン|登录|entsperren|deverrouiller|desbloque|sblocca|ロックを解除|解锁/,
  notListed:
    /not listed|n[io]t l.sted|nicht aufge|absent de la liste|non (e )?(in )?elenc|no (esta en la lista|aparece)|nao (esta )?listad|アカウントが見つ|未列出/,
  secureAttention:
    /(ctrl|strg|control|ctri|ctrl) ?[+-] ?alt ?[+-] ?(del|entf|suppr|supr|canc)|ctrl ?[+＋] ?alt ?[+＋] ?del/,
  power:
    /shut ?down|\brestart\b|\breboot\b|\bsleep\b|suspend|switch user|other user|herunterfahren|neu ?starten|eteindre|redemarrer|apagar|reiniciar|desligar|spegni|riavvia|シャットダウン|再起動|关机|重启/,
  passphrase:
    /pass ?phrase|phrase (secrete|de passe)|frase de (contrasena|passe|acceso)|unlock(ing)? (the |this |your )?(disk|drive|volume|device|encrypted|root|system)|encrypt|verschlussel|chiffre|cifrad|crittograf|\bluks\b|crypt(setup|\b)|(disk|drive|volume|laufwerk|disque|disco|unidad) (is )?(locked|password)|password (for|to unlock) (the )?(disk|drive|hard|volume)|パスフレーズ|暗号化|磁盘密码|加密/,
  bitlocker:
    /bitlocker|recovery key|wiederherstellungsschl|cle de recuperation|clave de recuperacion|chave de recuperacao|chiave di ripristino|回復キー|恢复密钥|修复密钥/,
  install:
    /install(?!ed\b)|\bsetup\b|set ?up (your|this|my)|einrichten|partition|desinstall|instala|インストール|安装|erase (the )?disk|reclaim space|begin installation|destination|software selection|root (password|account)|user creation|create (a )?user/,
  firstStart:
    /(choose|select|which|what).{0,20}keyboard|keyboard layout(?! ?:)|input method|tastatur(layout|belegung)? (aus|w.hl)|eingabemethode|choisi\w+ .{0,24}clavier|eli[jg]\w+ .{0,24}teclado|escolh\w+ .{0,24}teclado|sce[gl]\w+ .{0,24}tastiera|キーボード.{0,6}選択|选择.{0,6}键盘|let'?s start|right (country|region)|region\b|time ?zone|zeitzone|fuseau|zona horaria|fuso|タイムゾーン|时区|select (your )?language|\blanguage|\bsprache|\blangue\b|\bidioma\b|\blingua\b|言語|语言|about you|confirm password|retype|license|licence|lizenz|terms of|privacy|online accounts|getting started/,
  welcome: /welcome|willkommen|bienvenu|bienvenid|bem-vind|benvenut|ようこそ|欢迎/,
  firmware:
    /setup utility|bios|boot manager|boot maintenance|device manager.*boot|secure boot|f10.{0,12}save|esc.{0,5}=.{0,5}exit|tianocore|ovmf|boot order|select language/,
  memoryTest: /mem ?test|memory (diagnostic|test)|speicherdiagnose|diagnostic(o|a)? de (la )?mem|メモリ診断|内存诊断/,
  shell:
    /emergency mode|\(initramfs\)|rescue mode|root password for maintenance|press enter for maintenance|control-d to continue|reboot" to reboot/,
} as const;
