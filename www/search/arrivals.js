/**
 * Photos that reach the page without the bar: dropped anywhere, or pasted. What another part of the page has taken already
 * is left alone, and so is what goes to a field of its own.
 *
 * @param {{ photo: (photo: Blob) => void, address: () => void, over: (over: boolean) => void, touch: () => void }} acts
 * @param {HTMLElement} element
 * @param {AbortSignal} signal ends the listening
 */
export function listenForArrivals(acts, element, signal) {
  const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ listener) => document.addEventListener(type, listener, { signal });
  const isOthers = (/** @type {DragEvent} */ event) => event.defaultPrevented || !takes(event.dataTransfer) || ofAnotherField(event, element);
  on('dragover', (/** @type {DragEvent} */ event) => {
    if (isOthers(event)) return acts.over(false);
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    acts.over(true);
    acts.touch();
  });
  on('dragleave', (/** @type {DragEvent} */ event) => {
    if (event.relatedTarget === null) acts.over(false);
  });
  on('drop', (/** @type {DragEvent} */ event) => {
    acts.over(false);
    if (isOthers(event)) return;
    // The browser would open it in place of the page.
    event.preventDefault();
    const [photo] = event.dataTransfer?.files ?? [];
    if (photo) acts.photo(photo);
    else acts.address();
  });
  on('paste', (/** @type {ClipboardEvent} */ event) => {
    if (event.defaultPrevented || ofAnotherField(event, element)) return;
    const [photo] = event.clipboardData?.files ?? [];
    if (photo) {
      event.preventDefault();
      acts.photo(photo);
    } else if (/^https?:\/\/\S+$/.test(event.clipboardData?.getData('text/plain').trim() ?? '')) {
      acts.address();
    }
  });
}

/** A file, or a picture of another page, of which only the address comes. @param {DataTransfer | null} data */
function takes(data) {
  return Boolean(data?.types.includes('Files') || data?.types.includes('text/uri-list'));
}

/** @param {Event} event @param {HTMLElement} element */
function ofAnotherField(event, element) {
  const target = event.composedPath()[0];
  const isField = target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
  return isField && !event.composedPath().includes(element);
}
