// The colours that a person chose on an earlier visit, before anything is drawn. Not a module: those run too late for it.
try {
  const theme = localStorage.getItem("spectnet-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing: the colours are those of the system.
}
