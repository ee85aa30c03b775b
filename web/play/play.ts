document.title = "Tickroom";
