# The roles of Gould and Fernandez as R counts them, for tests/test_brokerage_against_r.py.
# Made with R 4.2.2, sna 2.7.1 and network 1.18.1 (Debian: r-base-core, r-cran-sna). Run in the folder of this file.
# The network is that of the search after the flood in the Texas hill country: 25 organisations, which of them reported
# contact with which (an arrow from who reports), and who sponsors each (Drabek, Tamminga, Kilijanek and Adams 1981,
# "Managing multiorganizational emergency responses"). R's "emon" holds it. Organisations are numbered as there.
suppressMessages(library(sna))
suppressMessages(library(network))
data(emon)
texas <- emon[["Texas"]]
arrows <- as.matrix(texas)
sponsor <- texas %v% "Sponsorship"
n <- nrow(arrows)

ends <- which(arrows == 1, arr.ind = TRUE)
ends <- ends[order(ends[, 1], ends[, 2]), ]
write.csv(data.frame(from = ends[, 1], to = ends[, 2]), "brokerage_arrows.csv", row.names = FALSE, quote = FALSE)

# "arrows": as reported. "ties": a tie wherever either reports it, which leads both ways, as working ties do.
counted <- function(name, matrix) {
  roles <- brokerage(matrix, sponsor)$raw.nli
  data.frame(network = name, node = seq_len(n), sponsor = sponsor,
             coordinator = roles[, "w_I"], itinerant = roles[, "w_O"], representative = roles[, "b_IO"],
             gatekeeper = roles[, "b_OI"], liaison = roles[, "b_O"], total = roles[, "t"])
}
both <- rbind(counted("arrows", arrows), counted("ties", pmax(arrows, t(arrows))))
write.csv(both, "brokerage.csv", row.names = FALSE, quote = FALSE)
