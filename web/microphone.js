// Hands over the samples of the microphone, some at a time. The browser runs this beside the page, where sound does not wait.

// So many samples go in one message: at 48 kHz there are 23 a second.
const FRAMES = 2048;

class Capture extends AudioWorkletProcessor {
  #block = new Float32Array(FRAMES);
  #filled = 0;

  // A few samples of one channel; none while nothing is connected. What goes out stays silent.
  process([[samples = []]]) {
    for (let taken = 0; taken < samples.length; ) {
      const part = samples.subarray(taken, taken + FRAMES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled === FRAMES) {
        this.port.postMessage(this.#block, [this.#block.buffer]);
        this.#block = new Float32Array(FRAMES);
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("spectnet-capture", Capture);
