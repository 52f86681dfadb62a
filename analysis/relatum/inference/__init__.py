"""Arithmetic for few, unequal clusters: arrays in, arrays out, no gates and no data frames.

==================================================  ==============================================
question                                            module
==================================================  ==============================================
how many clusters, how unequal                      `clusters`, `icc`, `placebo`
a mean, a difference, a coefficient                 `wild`, `wild_scores` (logit, Poisson)
a share of relationships, with the headline recipe  `wild_proportion`, `intervals`
a share in a random case                            `betabinomial`
a share with undocumented rows                      `bounds`, `identified`, `documentation`
two codes with undocumented cells                   `pair_bounds`
one 2 x 2 table; strata of them                     `two_by_two`, `stratified`, `homogeneity`
any exact distribution of a joint count             `tilting`, `count_nulls`, `exact_power`
many pairs, fixed totals in blocks                  `null_draws`, `margin_tables`, `chain_checks`
whole matrices: statistics and nulls                `matrix_statistics`, `matrix_nulls`
many pairs in large registries                      `joint_counts`, `registry_strata`
probabilistic co-occurrence, log-linear models      `pair_probabilities`, `loglinear`
profiles, for what they are worth                   `latent_classes`, `ising`, `clustering`
order of dated events                               `order`
a rate of recurrent events from intervals of dates  `piecewise_rate`, `rate_bootstrap`,
                                                    `rate_covariates`, `rate_firth`,
                                                    `retraction_rate`
curves over time, delayed entry                     `survival_curves`, `hazard_curves`,
                                                    `quasi_independence`
competing ends, recurrent events, states            `cumulative_incidence`, `mean_cumulative`,
                                                    `multi_state`, `occupation`
groups compared over time                           `rank_tests`, `gray_test`, `restricted_mean`
covariates over time                                `cox`, `cox_checks`, `recurrent`, `fine_gray`,
                                                    `firth_cox`, `frailty`, `discrete_hazard`
times with a named distribution, or in intervals    `aft`, `turnbull`, `interval_tests`,
                                                    `interval_cox`, `competing_interval`,
                                                    `competing_mixture`
shares of states in a random case                   `dirichlet_multinomial`
a yes or no outcome and covariates                  `logit`, `firth_logit`, `separation`,
                                                    `logit_conditional`, `logit_within_cases`,
                                                    `logit_effects`, `logit_quality`
the same with clusters                              `gee`, `glmm`, `robust`, `wild_scores`
an outcome seen for some                            `lee_bounds`, `selection_models`,
                                                    `reporting_weights`, `e_values`
clustered errors, Satterthwaite                     `robust`
two independent groups                              `differences`
two samples of cases: difference, equivalence       `clustered_difference`, `equivalence`,
                                                    `equivalence_power`, `case_jackknife`, `mover`
two case averages                                   `posterior_difference`
whole profiles of two samples                       `profile_distance`, `rank_agreement`,
                                                    `network_comparison`, `ising_comparison`
balance, standardisation                            `balance`, `standardisation`
a published figure beside a sample                  `benchmark_shift`
a covariate of cases, or within cases               `permutation`
many tests                                          `multiplicity`
coding errors                                       `misclassification`
two or more coders                                  `agreement`, `agreement_stages`
what single cases and choices do                    `sensitivity`
==================================================  ==============================================

Every routine returns a frozen result, or a `common.Refusal` that says in words why there is none;
it never returns NaN. Wrong calls (lengths, levels, unknown names) raise ``ValueError``.
"""
