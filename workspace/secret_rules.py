"""What secrets look like: one table of expressions that RE2 matches in linear time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workspace.secret_values import is_password, looks_random

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret. The expression's first group is the secret (the whole match where there is no group).

    `near` are literal lower-case texts, separated by spaces, one of which must be in the text for the rule to be tried at all.
    `check` looks at the value once more; most kinds with a prefix of their own need none.
    """

    kind: str
    near: str
    expression: str
    check: Check | None = None


def _not_an_example(value: str) -> bool:
    return not value.endswith("EXAMPLE")


# Specific kinds first: where two match the same place, the earlier one names it.
# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("private key", "private key",
         r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]{16,}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"),
    # A key cut off by a size limit, or broken over string constants, has no end line.
    Rule("private key", "private key",
         r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\\n|[\s\"'+,])*(?:[A-Za-z0-9+/=]{16,}(?:\\n|[\s\"'+,])*)+"),
    Rule("PuTTY private key", "putty-user-key-file", r"PuTTY-User-Key-File-[23]:[\s\S]{40,}?Private-MAC: [0-9a-f]{32,80}"),
    Rule("age secret key", "age-secret-key-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Rule("AWS access key", "a3t abia acca akia asia", r"\b((?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16})\b", _not_an_example),
    Rule("AWS secret key", "aws",
         r"(?i:aws.{0,24}(?:secret|key|token).{0,24}[\"'=:\s])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)", looks_random),
    Rule("AWS session token", "session", r"(?i:session_?token)[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9/+=]{100,})"),
    Rule("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"\b(gh[pousr]_[A-Za-z0-9]{36,})\b"),
    Rule("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b"),
    Rule("GitLab token", "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat-",
         r"\b((?:glpat|gldt|glrt|glcbt|glptt|glft|glimt|glagent|gloas|glsoat)-[0-9A-Za-z_.=-]{20,})"),
    Rule("Bitbucket or Atlassian token", "atatt atctt atbb", r"\b(AT(?:ATT|CTT|BB)[A-Za-z0-9_=-]{24,})"),
    Rule("Slack token", "xox xapp-", r"\b(xox[abeoprs]-[0-9A-Za-z-]{10,})"),
    Rule("Slack token", "xox xapp-", r"\b(xapp-\d-[A-Z0-9]{8,}-\d+-[a-z0-9]{32,})"),
    Rule("Slack webhook", "hooks.slack.com", r"(https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,100})"),
    Rule("Discord webhook", "/api/webhooks/",
         r"(https://(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/\d{15,21}/[A-Za-z0-9_-]{50,90})"),
    Rule("Teams webhook", "webhook.office.com", r"(https://[a-z0-9-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{60,})"),
    Rule("Discord token", "discord bot client", r"\b([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})\b"),
    Rule("Telegram token", ":aa", r"(?:^|[^0-9A-Za-z])(\d{8,10}:AA[A-Za-z0-9_-]{32,34})(?:[^A-Za-z0-9_-]|$)"),
    Rule("Stripe key", "sk_live_ rk_live_ sk_test_ rk_test_", r"\b((?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16,})\b"),
    Rule("Stripe webhook secret", "whsec_", r"\b(whsec_[A-Za-z0-9+/=]{24,100})"),
    Rule("Square token", "sq0", r"\b(sq0(?:atp|csp|idp)-[0-9A-Za-z_-]{22,43})"),
    Rule("Shopify token", "shpat_ shpca_ shppa_ shpss_", r"\b(shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32})\b"),
    Rule("Razorpay key", "rzp_live_", r"\b(rzp_live_[A-Za-z0-9]{14})\b"),
    Rule("PayPal token", "access_token$production", r"(access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})"),
    Rule("Google API key", "aiza", r"\b(AIza[0-9A-Za-z_-]{35})"),
    Rule("Google OAuth secret", "gocspx-", r"\b(GOCSPX-[0-9A-Za-z_-]{28})"),
    Rule("Google OAuth token", "ya29.", r"\b(ya29\.[0-9A-Za-z_-]{20,})"),
    Rule("Google refresh token", "1//0", r"[\"'=:\s](1//0[0-9A-Za-z_-]{38,120})"),
    Rule("Anthropic key", "sk-ant-", r"\b(sk-ant-[A-Za-z0-9]{3,10}-[A-Za-z0-9_-]{20,150})"),
    Rule("OpenAI key", "sk-", r"\b(sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,})"),
    Rule("OpenAI key", "sk-", r"\b(sk-(?:or-v1-)?[A-Za-z0-9]{32,64})\b"),
    Rule("Hugging Face token", "hf_ api_org_", r"\b((?:hf|api_org)_[A-Za-z]{30,40})\b"),
    Rule("model vendor key", "gsk_ r8_ pplx- xai- fw_ nvapi- cpk_ tgp_v1_",
         r"\b((?:gsk|r8|pplx|xai|fw|nvapi|cpk|tgp_v1)[_-][A-Za-z0-9_-]{32,120})\b", looks_random),
    Rule("npm token", "npm authtoken :_password", r"\b(npm_[A-Za-z0-9]{36})\b"),
    Rule("npm token", "npm authtoken :_password",
         r"(?::_authToken|:_password|npm[_-]?token)\s*[=:]\s*[\"']?([A-Za-z0-9+/=_-]{20,})", looks_random),
    Rule("PyPI token", "pypi-", r"\b(pypi-AgE[A-Za-z0-9_-]{50,})"),
    Rule("RubyGems key", "rubygems_", r"\b(rubygems_[a-f0-9]{48})\b"),
    Rule("crates.io token", "cio", r"\b(cio[A-Za-z0-9]{32})\b"),
    Rule("NuGet key", "oy2", r"\b(oy2[a-z0-9]{43})\b"),
    Rule("Docker Hub token", "dckr_", r"\b(dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60})"),
    Rule("registry sign-in", "\"auth\"", r"\"auth\"\s*:\s*\"([A-Za-z0-9+/]{16,}={0,2})\"", looks_random),
    Rule("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    Rule("Heroku key", "heroku hrku-",
         r"(?i:heroku).{0,40}[\"'=:\s]([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"),
    Rule("Heroku key", "heroku hrku-", r"\b(HRKU-[A-Za-z0-9_-]{36,70})"),
    Rule("Fly token", "fm1 fm2", r"\b(fm[12][ar]?_[A-Za-z0-9+/=_-]{60,})"),
    Rule("Netlify token", "nfp_", r"\b(nfp_[A-Za-z0-9]{36})\b"),
    Rule("Supabase key", "sbp_ sb_secret_", r"\b(sb(?:p|_secret)_[A-Za-z0-9_-]{30,60})"),
    Rule("PlanetScale password", "pscale_", r"\b(pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.=-]{32,64})"),
    Rule("Neon key", "napi_", r"\b(napi_[a-z0-9]{60,80})\b"),
    Rule("Terraform token", ".atlasv1.", r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,90})"),
    Rule("Vault token", "hvs. hvb. hvr.", r"\b(hv[sbr]\.[A-Za-z0-9_-]{24,})"),
    Rule("Doppler token", "dp.", r"\b(dp\.(?:pt|st|ct|scim|audit|sa)\.[A-Za-z0-9._-]{40,100})"),
    Rule("Pulumi token", "pul-", r"\b(pul-[a-f0-9]{40})\b"),
    Rule("Databricks token", "dapi", r"\b(dapi[a-f0-9]{32}(?:-\d)?)\b"),
    Rule("SendGrid key", "sg.", r"\b(SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64})"),
    Rule("Twilio key", "twilio", r"\b(SK[0-9a-fA-F]{32})\b"),
    Rule("Twilio token", "twilio", r"(?i:twilio).{0,40}[\"'=:\s]([0-9a-f]{32})\b"),
    Rule("Mailgun key", "mailgun key-", r"\b(key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})\b"),
    Rule("Mailchimp key", "-us", r"\b([0-9a-f]{32}-us\d{1,2})\b"),
    Rule("Brevo key", "xkeysib-", r"\b(xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16})\b"),
    Rule("Postmark or Resend key", "re_", r"\b(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,40})\b"),
    Rule("New Relic key", "nrak- nrii- nral", r"\b(NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_-]{32}|[a-f0-9]{36}NRAL)\b"),
    Rule("Datadog key", "datadog dd_ dd-", r"(?i:datadog|dd[_-]?(?:api|app)).{0,30}[\"'=:\s]([0-9a-f]{32}(?:[0-9a-f]{8})?)\b"),
    Rule("Grafana token", "glsa_ glc_", r"\b(gl(?:sa|c)_[A-Za-z0-9+/_=]{32,})"),
    Rule("Dynatrace token", "dt0", r"\b(dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64})\b"),
    Rule("Sentry token", "sntry", r"\b(sntry[su]_[A-Za-z0-9+/=_]{40,})"),
    Rule("Sentry address with secret", "sentry", r"https://[0-9a-f]{32}:([0-9a-f]{32})@"),
    Rule("Sonar token", "sqp_ squ_ sqa_", r"\b(sq[pua]_[a-f0-9]{40})\b"),
    Rule("CircleCI token", "ccipat_ cciprj_", r"\b(CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[a-f0-9]{40})\b"),
    Rule("Buildkite token", "bkua_ bkat_ bkct_", r"\b(bk(?:ua|at|ct)_[a-zA-Z0-9]{32,64})\b"),
    Rule("Postman key", "pmak-", r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    Rule("Linear, Notion or Figma key", "lin_api_ ntn_ figd_",
         r"\b(lin_api_[A-Za-z0-9]{40}|ntn_[A-Za-z0-9]{40,60}|figd_[A-Za-z0-9_-]{40})"),
    Rule("Airtable token", "pat", r"\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b"),
    Rule("Contentful token", "cfpat-", r"\b(CFPAT-[A-Za-z0-9_-]{43})"),
    Rule("Alibaba key", "ltai", r"\b(LTAI[A-Za-z0-9]{16,26})\b"),
    Rule("Artifactory key", "akc cmvmdgtu", r"\b(AKC[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{40,80})\b"),
    Rule("IBM Cloud key", "ibm watson bluemix iam cloud wml cos",
         r"(?i:ibm|watsonx?|bluemix|iam|cloud|wml|cos).{0,30}(?i:key|token|pass|pwd).{0,6}[\"'=:\s]([A-Za-z0-9_-]{44})"
         r"(?:[^A-Za-z0-9_-]|$)", looks_random),
    Rule("Azure storage key", "accountkey sharedaccesskey sharedsecret",
         r"(?i:AccountKey|SharedAccessKey|SharedSecret)\s*=\s*([A-Za-z0-9+/]{40,90}={0,2})"),
    Rule("Azure client secret", "q~", r"[\"'=:\s]([A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})"),
    Rule("Azure signature", "sig=", r"[?&]sig=([A-Za-z0-9%+/]{40,100}(?:%3[Dd]|=){0,2})"),
    Rule("Azure DevOps token", "azure devops ado vsts",
         r"(?i:azure|devops|ado|vsts).{0,30}(?i:pat|token).{0,6}[\"'=:\s]([a-z2-7]{52}|[A-Za-z0-9]{84})\b", looks_random),
    Rule("Cloudflare token", "cloudflare cf_api cf-api",
         r"(?i:cloudflare|cf[_-]api).{0,30}(?i:key|token).{0,6}[\"'=:\s]([A-Za-z0-9_-]{37,45})(?:[^A-Za-z0-9_-]|$)", looks_random),
    Rule("Kubernetes bootstrap token", "token", r"(?i:token).{0,12}[\"'=:\s]([a-z0-9]{6}\.[a-z0-9]{16})\b", looks_random),
    Rule("JSON web token", "eyj", r"\b(eyJ[A-Za-z0-9_=-]{8,}\.eyJ[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_.+/=-]{10,})"),
    Rule("password in an address", "://",
         r"\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s:@/\"'<>{}$]{0,100}:([^\s@\"'<>{}]{1,})@[A-Za-z0-9\[_$-]", is_password),
    Rule("authorization header", "authorization x-api-key x-auth-token",
         r"(?i:authorization|proxy-authorization|x-api-key|x-auth-token)[\"']?\s*[:=,]\s*[\"'`]?(?:(?i:bearer|basic|token|apikey)"
         r"\s+)?([A-Za-z0-9._~+/=-]{16,})", looks_random),
    Rule("bearer token", "bearer", r"\b(?i:bearer)\s+([A-Za-z0-9._~+/-]{20,}={0,2})", looks_random),
    Rule("password on a command line", "--password --passwd --token --secret --api-key",
         r"(?:--password|--passwd|--token|--secret|--api-key)[= ][\"']?([^\s\"'$<{`\\]{6,})", looks_random),
    Rule("password on a command line", "mysql mariadb",
         r"\b(?:mysql|mysqldump|mariadb|mysqladmin)\b[^\n]{0,120} -p([^\s\"'$<{`]{4,100})", is_password),
    Rule("password on a command line", "pgpassword mysql_pwd rediscli_auth sshpass vault_token",
         r"\b(?:PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH|SSHPASS|VAULT_TOKEN)=[\"']?([^\s\"'$<{`]{4,})", is_password),
    Rule("basic credentials", "curl", r"\bcurl\b[^\n]{0,}(?:-u|--user)[ =][\"']?[^\s:\"'$]{1,80}:([^\s\"'$<{`]{4,})", is_password),
    Rule("password hash", "$2 $5$ $6$ $y$ $apr1$ $argon2", r"(\$(?:2[aby]|5|6|y|apr1|argon2id?|argon2i)\$[A-Za-z0-9./=,$+]{20,})"),
    Rule("machine password", "machine", r"\bmachine\s+\S{1,}\s+login\s+\S{1,}\s+password\s+(\S{4,})", is_password),
    Rule("password in a connection string", "password= pwd= passwd= pass=",
         r"(?i)[;?&\"']\s*(?:password|pwd|passwd|pass)\s*=\s*([^;&\"'\s<>{}$()]{4,})[;&\"']", is_password),
    Rule("password", "password passwd secret token api_key apikey",
         r"(?i)\(\s*[\"'][a-z0-9_.-]{0,40}(?:password|passwd|secret|token|api_?key)[\"']\s*,\s*"
         r"[\"']([^\"'\s]{6,})[\"']\s*\)", looks_random),
    Rule("password in a document", "<",
         r"(?i)<(?:[a-z]+:)?(?:password|passphrase|api_?key|secret|token|secretkey)>\s*([^<\s$]{4,})\s*</", is_password),
    Rule("password of a server", "requirepass masterauth", r"(?m)^\s*(?:requirepass|masterauth)\s+(\S{4,})", is_password),
    Rule("password of an image", "env arg",
         r"(?mi)^\s*(?:ENV|ARG)\s+[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)[A-Z0-9_]*[ =]+[\"']?([^\s\"'$]{4,})", is_password),
)
# fmt: on

_NAMES_OF_WORDS = r"(?:password|passwd|passphrase|pass_phrase|passwort|contrase(?:n|ñ)a|kennwort|mot_de_passe|[_.-]pass|pwd)"
_NAMES_OF_KEYS = (
    r"(?:secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|auth[_.-]?key|encryption[_.-]?key|signing[_.-]?key|master[_.-]?key|"
    r"account[_.-]?key|shared[_.-]?key|service[_.-]?key|client[_.-]?key|cookie[_.-]?key|app[_.-]?key|hmac[_.-]?key|credential|salt|pepper)"
)

# Where an assignment to a telling name may begin; the expressions below then read the rest of the line.
NAMES = f"(?i){_NAMES_OF_WORDS}|{_NAMES_OF_KEYS}"
_REST_OF_NAME = r"[A-Za-z0-9_.-]{0,40}[\"'\]]{0,2}"
_TYPE = r"(?:\s*:\s*[A-Za-z_][A-Za-z0-9_.]{0,30}(?:\[[a-z]{1,10}\])?\??\s*)"
_SIGN = rf"(?:{_TYPE}=|\s*(?::=|=>|={{1,3}}|!=|:))\s*"
_QUOTED = r"[A-Za-z@$]{0,2}(?:\"([^\"\s]{4,})\"|'([^'\s]{4,})'|`([^`\s]{4,})`)"
_WRAPPER = r"(?:(?:[A-Z][A-Za-z]{0,30}|bytes|str|b64decode)\()?"
_BARE = r"([^\s\"'`]{4,})"

# In any text: NAME = "value", with quotes, perhaps inside one call.
QUOTED_PASSWORD = f"(?i:{_NAMES_OF_WORDS}){_REST_OF_NAME}{_SIGN}{_WRAPPER}{_QUOTED}"
QUOTED_SECRET = f"(?i:{_NAMES_OF_KEYS}){_REST_OF_NAME}{_SIGN}{_WRAPPER}{_QUOTED}"
# In configuration and shell: NAME=value or NAME: value, without quotes.
BARE_PASSWORD = rf"(?i:{_NAMES_OF_WORDS}){_REST_OF_NAME}(?:=|\s*:\s+|\s+=\s+){_BARE}"
BARE_SECRET = rf"(?i:{_NAMES_OF_KEYS}){_REST_OF_NAME}(?:=|\s*:\s+|\s+=\s+){_BARE}"
