// The asset a ticket is about, found by a few letters.
import { choose } from "./chooser";

interface Asset {
  id: string;
  name: string;
  about: string;
}

export function assets(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-assets]");
    const field = button?.closest("form")?.querySelector<HTMLInputElement>("input[name=asset]");
    if (button && field) chooseAsset(button.dataset.assets ?? "", field);
  });
}

function chooseAsset(path: string, field: HTMLInputElement): void {
  choose<Asset>({
    label: "Which asset is it about",
    placeholder: "A few letters of its name, kind or place",
    kind: "phrases",
    find: async (typed) => {
      const answer = await fetch(`${path}?q=${encodeURIComponent(typed)}`);
      return answer.ok ? ((await answer.json()) as Asset[]) : [];
    },
    draw: (item, asset) => {
      const name = document.createElement("b");
      name.textContent = asset.name;
      const about = document.createElement("span");
      about.className = "dim tiny";
      about.textContent = asset.about;
      item.append(name, about);
    },
    take: (asset) => {
      field.value = asset.id;
      field.form?.requestSubmit();
    },
  });
}
