/**
 * Texts that look like a secret: keys and tokens by the form their makers gave them, and what is too random to be a
 * word. Says what it takes the text for and never repeats it. Knows no place where texts stand.
 */

export interface Look {
  /** `a GitHub token`. */
  what: string;
  /** By its form: nothing else looks so. Else it is only likely. */
  sure: boolean;
}

const forms: readonly [what: string, form: RegExp][] = [
  ["an AWS access key", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a private key", /-----BEGIN ([A-Z0-9]+ ){0,3}PRIVATE KEY/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{30}|\bgithub_pat_[A-Za-z0-9_]{40}/],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{20}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}/],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10}/],
  ["a Stripe key", /\b[rs]k_live_[A-Za-z0-9]{16}/],
  ["a Google key", /\bAIza[A-Za-z0-9_-]{35}/],
  ["a signed token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}/],
  ["an address with a password", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{1,200}@/i],
];

const secretName = /(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY)$/i;
const longest = 8192;

/** `name`: of the variable or setting, whose last word may give it away. */
export function looksSecret(text: string, name = ""): Look | undefined {
  const looked = text.slice(0, longest);
  const form = forms.find(([, pattern]) => pattern.test(looked));
  if (form) return { what: form[0], sure: true };
  if (secretName.test(name) && looked.length >= 8) return { what: "a secret, by its name", sure: false };
  const random = looked.match(/[A-Za-z0-9+/_-]{32,}/g)?.some(isRandom) ?? false;
  return random ? { what: "a random key", sure: false } : undefined;
}

/** Capitals, small letters and digits in no order of any language: more than 4.2 bits a character. */
function isRandom(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) && bits(word) > 4.2;
}

function bits(word: string): number {
  const counts = new Map<string, number>();
  for (const char of word) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / word.length) * Math.log2(n / word.length), 0);
}
