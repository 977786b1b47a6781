// The clock beside a ticket follows what is looked at: whoever has it and has its page before them is at work on it.

let told = "";

export function attention(): void {
  const mark = document.querySelector<HTMLElement>("[data-attend]");
  const place = mark?.dataset.attend ?? "";
  if (place === "" || place === told || document.visibilityState !== "visible") {
    if (place === "") told = "";
    return;
  }
  told = place;
  void fetch(place, { method: "POST", credentials: "same-origin" }).catch(() => (told = ""));
}
