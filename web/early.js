// What must work before the program does: files that are given are kept for it, and where it cannot start the page says why.
// A classic script in old words, so that it also runs where the page was opened as a file, or by a browser without modules.
(function () {
  "use strict";

  // Most files that are taken at once: more than anyone listens to in a month, and few enough to be listed quickly.
  var MOST_FILES = 2000;
  // A WebAssembly module with one instruction for vectors of 128 bits (i8x16.popcnt).
  var VECTORS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  var NEWER = "Use Chromium, Chrome, Edge, Firefox or Safari of 2023 or later.";

  // `queue`: files for the program, until it takes them. `fail`: says why it does not start. `start`: it has started.
  var spectnet = { queue: [], left: false, fail: fail, start: start };
  var failed = false;
  window.spectnet = spectnet;
  // From here on the page need not say that there is no JavaScript.
  document.documentElement.setAttribute("data-scripted", "");

  // Acts once the elements of the page are there, and does not wait for other scripts.
  function whenRead(act) {
    if (document.readyState !== "loading") return act();
    document.addEventListener("readystatechange", function once() {
      document.removeEventListener("readystatechange", once);
      act();
    });
  }

  // Says why the program does not start; the first reason counts.
  function fail(what, why) {
    if (failed) return;
    failed = true;
    whenRead(function () {
      var error = document.getElementById("error");
      document.getElementById("progress").hidden = true;
      document.getElementById("backend").hidden = true;
      document.getElementById("model-select").options[0].textContent = "None is loaded";
      document.getElementById("status-text").textContent = what;
      error.textContent = why;
      error.hidden = false;
      document.getElementById("status").setAttribute("data-state", "failed");
    });
  }

  if (location.protocol === "file:") {
    fail(
      "The program cannot start from a file",
      "Browsers run it only from a web server. Run “python3 -m http.server 8080” in the folder of this page " +
        "(or “cargo xtask serve” in the project), and open http://localhost:8080 in this browser."
    );
  } else if (!("noModule" in document.createElement("script"))) {
    fail("This browser is too old for the program", "It does not know JavaScript modules. " + NEWER);
  } else if (typeof WebAssembly !== "object") {
    fail(
      "This browser does not run WebAssembly",
      "The program is made of it. It may be switched off, as in the Lockdown Mode of Apple devices: allow it for this page. " +
        "Or: " + NEWER
    );
  } else if (!WebAssembly.validate(new Uint8Array(VECTORS))) {
    fail(
      "This browser is too old for the program",
      "Its WebAssembly has no vector instructions (SIMD), with which the program computes. " + NEWER
    );
  }

  // A script that cannot be loaded, or is not understood. What the program reports itself comes after its start.
  window.addEventListener("error", function (event) {
    var script = event.target;
    if (!spectnet.queue) return;
    if (script && script.tagName === "SCRIPT") {
      fail(
        "A file of the program is missing",
        "The server does not give " + script.src + ". Reload the page; if that does not help, it was not put up completely."
      );
    } else if (script === window && event.message) {
      fail("The program could not be started", event.message + ". " + NEWER);
    }
  }, true);

  // Hands files to the program, or keeps them for it. `left`: there were more than are taken.
  function give(files, left) {
    if (spectnet.queue) {
      spectnet.queue = spectnet.queue.concat(files);
      spectnet.left = spectnet.left || left;
      var text = document.getElementById("status-text");
      if (text && files.length && !failed) text.textContent = "Loading the program; " + files[0].name + " waits for it";
      return;
    }
    document.dispatchEvent(new CustomEvent("spectnet-files", { detail: files }));
    if (left) document.dispatchEvent(new CustomEvent("spectnet-left", { detail: MOST_FILES }));
  }

  // The program has started and takes what was kept for it.
  function start() {
    var files = spectnet.queue || [];
    spectnet.queue = null;
    if (files.length) give(files, spectnet.left);
  }

  function list(of) {
    return Array.prototype.slice.call(of);
  }

  // Takes what was dropped or pasted. What it holds can be asked for only at once, before the event is over.
  function take(data) {
    var files = list(data.files);
    var entries = list(data.items || []).map(function (item) {
      return item.kind === "file" && item.webkitGetAsEntry ? item.webkitGetAsEntry() : null;
    }).filter(Boolean);
    if (entries.some(function (entry) { return entry.isDirectory; })) {
      read(entries);
    } else {
      give(files.slice(0, MOST_FILES), files.length > MOST_FILES);
    }
  }

  // Gives all files of these entries and of the folders among them, however deep, in the order of their names.
  function read(entries) {
    var found = [];
    var left = false;

    function one(entry) {
      if (found.length >= MOST_FILES) left = true;
      if (left) return Promise.resolve();
      if (entry.isDirectory) return folder(entry.createReader());
      return new Promise(function (done) {
        // One that cannot be read is no recording.
        entry.file(function (file) {
          // As a folder that was chosen has it: the folders may be the labels.
          Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.replace(/^\//, "") });
          done(found.push({ path: entry.fullPath, file: file }));
        }, done);
      });
    }

    function all(some) {
      return some.reduce(function (before, entry) {
        return before.then(function () { return one(entry); });
      }, Promise.resolve());
    }

    // A folder gives its entries some at a time, and in the end none. Hidden files are notes of other programs.
    function folder(reader) {
      return new Promise(function (done) {
        reader.readEntries(done, function () { done([]); });
      }).then(function (some) {
        if (!some.length || left) return undefined;
        var visible = some.filter(function (entry) { return entry.name.charAt(0) !== "."; });
        return all(visible).then(function () { return folder(reader); });
      });
    }

    all(entries).then(function () {
      found.sort(function (a, b) { return a.path.localeCompare(b.path, "en", { numeric: true }); });
      give(found.map(function (it) { return it.file; }), left);
    });
  }

  function holdsFiles(data) {
    return !!data && list(data.types || []).indexOf("Files") >= 0;
  }

  // Anywhere on the page: otherwise the browser opens the file in place of the page.
  document.addEventListener("dragover", function (event) {
    if (holdsFiles(event.dataTransfer)) event.preventDefault();
  });
  document.addEventListener("drop", function (event) {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
  document.addEventListener("paste", function (event) {
    if (!event.clipboardData || !event.clipboardData.files.length) return;
    event.preventDefault();
    take(event.clipboardData);
  });
  // Later the program itself listens to the fields in which files are chosen.
  document.addEventListener("change", function (event) {
    if (!spectnet.queue || event.target.type !== "file") return;
    give(list(event.target.files), false);
    event.target.value = "";
  });
})();
