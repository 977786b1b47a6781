declare module "htmx.org" {
  interface Htmx {
    config: Record<string, unknown>;
    process(element: Element): void;
    ajax(verb: string, path: string, context: Record<string, unknown>): Promise<void>;
  }
  const htmx: Htmx;
  export default htmx;
}
declare module "idiomorph" {
  interface Callbacks {
    beforeNodeMorphed?: (before: Node, after: Node) => boolean | void;
    beforeNodeRemoved?: (node: Node) => boolean | void;
  }
  export const Idiomorph: {
    morph(before: Element, after: string | Element | Node, options: { morphStyle?: string; ignoreActiveValue?: boolean; callbacks?: Callbacks; head?: unknown }): void;
  };
}
