import { element } from './element.js';

/** The photo of the query: chosen, dropped anywhere on the page, pasted, or handed in by a sample. */
export class PhotoField {
  /** @type {File | undefined} */
  file;
  #input = element('photo', HTMLInputElement);
  #zone = element('drop');
  #preview = element('preview', HTMLCanvasElement);
  #name = element('photo-name');
  #remove = element('remove', HTMLButtonElement);
  /** @type {() => void} */
  #onPhoto;
  /** @type {(file: File) => Promise<ImageData>} */
  #previewOf;

  /**
   * @param {() => void} onPhoto called when a photo was given
   * @param {(file: File) => Promise<ImageData>} previewOf the photo as it is read
   */
  constructor(onPhoto, previewOf) {
    this.#onPhoto = onPhoto;
    this.#previewOf = previewOf;
    this.#input.addEventListener('change', () => this.#takeFirst(this.#input.files));
    this.#remove.addEventListener('click', () => this.#clear());
    this.#listenForDrops();
    document.addEventListener('paste', (event) => {
      if (this.#takeFirst(event.clipboardData?.files)) event.preventDefault();
    });
  }

  /** @param {File} file */
  take(file) {
    this.#clear();
    this.file = file;
    this.#name.textContent = file.name;
    this.#remove.hidden = false;
    // Where it cannot be read there is nothing to show, and the search says why.
    this.#previewOf(file).then((preview) => this.#show(file, preview), () => {});
    this.#onPhoto();
  }

  /** @param {File} file @param {ImageData} preview */
  #show(file, preview) {
    // Another one may have been given meanwhile.
    if (this.file !== file) return;
    [this.#preview.width, this.#preview.height] = [preview.width, preview.height];
    this.#preview.getContext('2d')?.putImageData(preview, 0, 0);
    this.#preview.hidden = false;
  }

  #clear() {
    this.#preview.hidden = true;
    this.#name.textContent = 'No photo yet';
    if (document.activeElement === this.#remove) this.#input.focus();
    this.#remove.hidden = true;
    this.file = undefined;
    // Otherwise choosing the same file again would not be a change.
    this.#input.value = '';
  }

  /** @param {FileList | null | undefined} files */
  #takeFirst(files) {
    if (!files?.length) return false;
    this.take(files[0]);
    return true;
  }

  // On the whole page: the browser opens a photo that is dropped beside the zone in place of the page.
  #listenForDrops() {
    document.addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      this.#zone.classList.add('over');
    });
    document.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) this.#zone.classList.remove('over');
    });
    document.addEventListener('drop', (event) => {
      this.#zone.classList.remove('over');
      if (this.#takeFirst(event.dataTransfer?.files)) event.preventDefault();
    });
  }
}
