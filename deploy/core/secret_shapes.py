"""What secrets look like in text from outside: the patterns of redact.py.

Measured on the shapes in tests/deploy/core/shapes/; docs/guide/logs.md lists those that are missed. Each repetition is
bounded or cannot overlap with what follows it, so that matching takes linear time: logs are untrusted text.
"""

from __future__ import annotations

import re

# Names that a secret follows, also as part of a longer one: DB_PASSWORD, clientSecret, X-Auth-Token.
_NAMES = (
    r"(?:passw(?:or)?d|passwort|passphrase|passcode|secret|token|credential|mnemonic|_auth|connection[_-]?string"
    r"|(?:api|access|account|app|deploy|encrypt(?:ion)?|host|license|master|private|secret|session|shared|sign(?:ing)?"
    r"|ssh|storage|subscription|webhook)[_-]?key"
    r"|(?<![a-z])(?:db[_-]?|root[_-]?|user[_-]?|smtp[_-]?|mail[_-]?)?pass(?![a-z])|(?<![a-z])pwd(?![a-z]|=/)"
    r"|(?<![a-z])(?:pin|otp|totp|salt|hmac|signature|sig|(?:set-)?cookie|jsessionid|phpsessid|sessionid)(?![a-z]))"
)
_NAMED = rf"{_NAMES}[\w.\-\]]{{0,40}}[\"']?[ \t]{{0,4}}(?:=>|:=|[=:])[ \t]{{0,4}}"
_WITHIN = rf"[\w:.\-]{{0,40}}{_NAMES}[\w.\-]{{0,20}}"
_OPTION = rf"[\w\-]{{0,40}}{_NAMES}(?!-(?:stdin|file|prompt))[\w\-]{{0,20}}"
_NO_GROUP_ID = r"(?!\d{1,10}(?:[\s\"']|$))"  # as in `-u 1000:1000`
_QUOTED = r"(?:[^\"'\\\n]|\\[^\n]){3,}"
_SCHEME = r"(?:(?:bearer|basic|digest|token|negotiate|ntlm|apikey|hawk|dpop|aws4-hmac-sha256|glue|key) )?"
_HEADER = r"(?:proxy-)?authorization"

AFTER = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        # a whole header, of any scheme: as a value in quotes, in quotes itself, or up to the line's end
        rf"(?i)({_HEADER}[\"'][ \t]{{0,4}}(?:=>|[:=,])[ \t]{{0,4}}[\"']{_SCHEME})({_QUOTED})",
        rf"(?i)([\"']{_HEADER}[ \t]{{0,4}}[:=][ \t]{{0,4}}{_SCHEME})({_QUOTED})",
        rf"(?i)((?<![\"'\w\-]){_HEADER}[ \t]{{0,4}}[:=][ \t]{{0,4}}{_SCHEME})([^\n]{{3,}})",
        r"(?i)(\b(?:bearer|basic) )([\w.~+/=\-]{8,})",
        # a name, and what follows it
        rf"(?i)({_NAMED}[\"']?)((?<=[\"']){_QUOTED}|(?<![\"'])(?!\$[{{(A-Z_]|[*\"'])[^\s\"'&]{{3,}})",
        r"(\b[A-Z][A-Z0-9_]{0,60}KEY[\"']?[ \t]{0,4}[=:][ \t]{0,4}[\"']?|\bKEY=[\"']?)([^\s\"'&,;]{3,})",
        r"([\"']auths?[\"'][ \t]{0,4}:[ \t]{0,4}[\"'])([^\"'\n]{3,})",  # Docker's config.json
        rf"(?i)(<{_WITHIN}>)([^<\n]{{2,}})",
        rf"(?i)([\"']{_WITHIN}[\"'][ \t]{{0,4}}(?:,|value=)[ \t]{{0,4}}[\"'])({_QUOTED})",
        rf"(?i)(\b(?:env|set)[ \t]{{1,4}}\w{{0,40}}{_NAMES}\w{{0,20}}[ \t]{{1,4}})(?!=)([^\s\"']{{3,}})",
        # options of commands
        rf"(?i)((?:^|[ \t])--?(?:{_OPTION}|key)[ \t]{{1,4}}[\"']?)(?!-)([^\s\"']{{3,}})",
        rf"((?:^|[ \t])(?:-u|-U|--user|--proxy-user)[ \t=]{{0,2}}[\"']?[^\s:\"'/]{{1,100}}:){_NO_GROUP_ID}([^\s\"']+)",
        r"(\b(?:sshpass|mysql|mysqldump|mysqladmin|mariadb)\b[^\n]{0,200}? -p ?)(?!-)([^\s\"']{3,})",
        r"(\bredis-cli\b[^\n]{0,200}? -a )([^\s\"']{3,})",
        r"(\b(?:docker|podman|helm registry|oras|crane) login\b[^\n]{0,200}? -p )([^\s\"']{3,})",
        # netrc, on one line and on several
        r"(?i)(\blogin\s{1,4}\S{1,100}\s{1,4}password\s{1,4})(\S{2,})",
        r"(^[ \t]{0,8}password[ \t]{1,4})(\S{2,})(?=[ \t]*$)",
        # addresses
        r"(://[^\s/@:]{0,100}:)([^\s/@]{1,300})(?=@)",
        r"(://)([^\s/@:]{16,300})(?=@)",
        r"(\bhooks\.slack\.com/(?:services|workflows|triggers)/)([\w/\-]{10,})",
        r"(\bdiscord(?:app)?\.com/api/webhooks/\d{5,30}/)([\w\-]{10,})",
        r"(?i)([?&](?:sig|code|key|auth|x-amz-signature|x-goog-signature|x-amz-security-token)=)([^\s&\"'#]{6,})",
    )
)
_TOKENS = re.compile(
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w\-]{16,}"
    r"|xox[abeoprs]-[\w\-]{8,}|xoxe\.xox[bp]-[\w\-]{8,}|xapp-[\w\-]{8,}"
    r"|npm_\w{20,}|pypi-[\w\-]{30,}|rubygems_[0-9a-f]{40,}|dckr_(?:pat|oat)_[\w\-]{20,}"
    r"|A(?:KIA|SIA|GPA|IDA|ROA)[0-9A-Z]{12,}|AIza[\w\-]{30,}|ya29\.[\w\-.]{20,}|GOCSPX-[\w\-]{20,}"
    r"|[srp]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}|sk-[\w\-]{20,}|SG\.[\w\-]{16,100}\.[\w\-]{16,}|key-[0-9a-f]{32}"
    r"|SK[0-9a-f]{32}|shp(?:at|ss|ca|pa)_[0-9a-f]{32}|sq0(?:atp|csp)-[\w\-]{20,}|EAA[A-Za-z]{3}[A-Za-z0-9]{60,}"
    r"|dop_v1_\w{20,}|do[or]_v1_\w{20,}|hf_\w{20,}|hv[sbr]\.[\w\-]{20,}|tskey-[\w\-]{12,}|sbp_[0-9a-f]{40}|nfp_\w{30,}"
    r"|gls?[ac]_[\w=]{30,}|glsa_\w{30,}|sntry[su]_[\w+/=\-]{30,}|lin_api_\w{30,}|dapi[0-9a-f]{32}|PMAK-[0-9a-f\-]{40,}"
    r"|ATATT3[\w\-=]{40,}|dp\.(?:pt|st|ct|sa)\.\w{30,}|fo1_\w{30,}|AGE-SECRET-KEY-1[0-9A-Z]{40,}|r8_\w{30,}"
    r"|\d{1,9}\|[A-Za-z0-9]{40,}|\d{8,10}:AA[\w\-]{30,}|base64:[A-Za-z0-9+/]{40,}={0,2}"
    r"|eyJ[\w\-]{8,2000}\.[\w\-]{8,}(?:\.[\w\-]*){0,3})"
    r"|\$(?:1|2[abxy]|5|6|7|y|argon2(?:id|i|d)|scrypt|pbkdf2[\w\-]{0,20})\$[^\s:\"']{10,}"
)
_KIND = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
PRIVATE_KEY = re.compile(rf"-----BEGIN {_KIND}.*?(?:-----END {_KIND}|\Z)", re.DOTALL)
# The last lines of a log may begin inside a key: text before a key's end line is hidden, and so are lines
# that look like a key's where both its ends are cut off.
KEY_END = re.compile(rf"\A.*?-----END {_KIND}", re.DOTALL)
_KEY_LINE = re.compile(
    r"(?<![\w+/=.\-])(?=[\w+/]*[a-z])(?=[\w+/]*[A-Z])(?=[\w+/]*\d)[A-Za-z0-9+/]{60,76}={0,2}(?![\w+/=.\-])"
)
_RANDOM = re.compile(
    r"(?<![\w+.\-])(?<!SHA256:)(?=[\w+\-]*[a-z])(?=[\w+\-]*[A-Z])(?=[\w+\-]*\d)[\w+\-]{32,}={0,2}(?![\w+.])"
)


WHOLE = (_TOKENS, _KEY_LINE, _RANDOM)
