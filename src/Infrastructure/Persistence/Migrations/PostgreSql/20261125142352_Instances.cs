using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Instances : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "browser_session_id",
                table: "oauth_authorizations",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_seen_at",
                table: "oauth_authorizations",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "next_part",
                table: "notification_batches",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "cache_invalidations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tag = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cache_invalidations", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_oauth_authorizations_browser_session",
                table: "oauth_authorizations",
                column: "browser_session_id",
                filter: "browser_session_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_authorizations_last_seen",
                table: "oauth_authorizations",
                column: "last_seen_at",
                filter: "last_seen_at IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cache_invalidations");

            migrationBuilder.DropIndex(
                name: "ix_oauth_authorizations_browser_session",
                table: "oauth_authorizations");

            migrationBuilder.DropIndex(
                name: "ix_oauth_authorizations_last_seen",
                table: "oauth_authorizations");

            migrationBuilder.DropColumn(
                name: "browser_session_id",
                table: "oauth_authorizations");

            migrationBuilder.DropColumn(
                name: "last_seen_at",
                table: "oauth_authorizations");

            migrationBuilder.DropColumn(
                name: "next_part",
                table: "notification_batches");
        }
    }
}
