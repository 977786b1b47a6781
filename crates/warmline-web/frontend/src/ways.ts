// Other ways than a mail to give the same help, beside the answer.

// The finding that asks for one: a no that ends there.
export const NO_OTHER_WAY = "refusal.no-alternative";

export function otherWays(form: HTMLFormElement): void {
  // Paper opens beside the desk, by a plain form post: what htmx sends would be taken for a page.
  form.querySelectorAll<HTMLButtonElement>("[data-own-window]").forEach((button) => {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const { action, target } = form;
      form.action = button.formAction;
      form.target = button.formTarget;
      form.submit();
      form.action = action;
      form.target = target;
    });
  });
  // What the customer is sent to is opened for the agent, too.
  form.querySelectorAll<HTMLButtonElement>("[data-opens]").forEach((button) => {
    button.addEventListener("click", () => window.open(button.dataset.opens, "_blank", "noopener,noreferrer"));
  });
}

// Shows them when the words say no and nothing else.
export function offerOtherWays(form: HTMLFormElement, wanted: boolean): void {
  const ways = form.querySelector<HTMLDetailsElement>("[data-ways]");
  if (!ways) return;
  // Whoever closes them again has seen them.
  if (wanted && !ways.classList.contains("wanted")) ways.open = true;
  ways.classList.toggle("wanted", wanted);
}
