// A browser starts no worker for a page that was opened from disk, and the search of the site runs in one.
// There, the script runs in a hidden frame that has what a worker has: messages both ways, and importScripts.
(() => {
  if (location.protocol !== "file:") return;

  const load = (scope, source) =>
    new Promise((resolve, reject) => {
      const script = scope.document.createElement("script");
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Error(`cannot load ${source}`)));
      script.src = source;
      scope.document.head.append(script);
    });

  window.Worker = class FrameWorker extends EventTarget {
    #frame = document.createElement("iframe");
    #loaded;

    constructor(source) {
      super();
      this.#frame.hidden = true;
      document.body.append(this.#frame);
      const scope = this.#frame.contentWindow;
      scope.document.open();
      scope.document.write("<!doctype html><title>search</title>");
      scope.document.close();
      scope.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      scope.importScripts = async (...sources) => {
        for (const each of sources) await load(scope, each);
      };
      this.#loaded = load(scope, new URL(source, location.href).href);
    }

    postMessage(data) {
      const scope = this.#frame.contentWindow;
      this.#loaded.then(() => scope.dispatchEvent(new scope.MessageEvent("message", { data })));
    }

    terminate() {
      this.#frame.remove();
    }
  };
})();
