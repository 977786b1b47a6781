// What a finding can start beside the composer: somebody else who helps, or what may be done instead of a bare no.

const STARTS: [rules: string, name: string, element: string][] = [
  ["not-my-job.", "Look who helps", "#referral [data-action]"],
  ["refusal.", "See what we may do", "#charges [data-find]"],
];

export function startsFrom(rule: string): { name: string; act: () => void }[] {
  return STARTS.filter(([rules]) => rule.startsWith(rules)).flatMap(([, name, selector]) => {
    const element = document.querySelector<HTMLElement>(selector);
    return element ? [{ name, act: () => element.click() }] : [];
  });
}
